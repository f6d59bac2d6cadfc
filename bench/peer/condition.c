/* A ring of slots in each direction, under a mutex, with two conditions. The slots are as large as
 * the messages: were they as far apart as the largest ones need, small ones would all fall on the
 * same few places of a cache. Taken one by one, or as many as are there in one holding of the lock. */
#include <pthread.h>
#include <string.h>
#include "bench/peer/pair.h"

#define SLOTS 1024U
#define BATCH 256U
#define LINE 64U

struct ring {
    pthread_mutex_t lock;
    pthread_cond_t filled, emptied;
    uint32_t first, count;
    uint32_t apart; /* bytes from slot to slot: whole lines */
    _Alignas(LINE) char slots[SLOTS * PEER_BYTES_MAX];
};

static struct ring rings[2]; /* by the side that fills it */

/* What the side that takes has out of its ring at once, and hands on one by one. */
static struct {
    uint32_t next, count;
    _Alignas(LINE) char messages[BATCH * PEER_BYTES_MAX];
} batches[2];

static double open_rings(uint32_t bytes)
{
    for (int i = 0; i < 2; i++) {
        pthread_mutex_init(&rings[i].lock, NULL);
        pthread_cond_init(&rings[i].filled, NULL);
        pthread_cond_init(&rings[i].emptied, NULL);
        rings[i].first = rings[i].count = 0;
        batches[i].next = batches[i].count = 0;
        rings[i].apart = (bytes + LINE - 1) / LINE * LINE;
    }
    return 0;
}

static void close_rings(void)
{
    for (int i = 0; i < 2; i++) {
        pthread_cond_destroy(&rings[i].filled);
        pthread_cond_destroy(&rings[i].emptied);
        pthread_mutex_destroy(&rings[i].lock);
    }
}

static char *slot_of(struct ring *ring, uint32_t index)
{
    return &ring->slots[(size_t)(index % SLOTS) * ring->apart];
}

static void put(int side, const void *message, uint32_t bytes)
{
    struct ring *ring = &rings[side];
    pthread_mutex_lock(&ring->lock);
    while (ring->count == SLOTS)
        pthread_cond_wait(&ring->emptied, &ring->lock);
    memcpy(slot_of(ring, ring->first + ring->count), message, bytes);
    if (ring->count++ == 0)
        pthread_cond_signal(&ring->filled);
    pthread_mutex_unlock(&ring->lock);
}

/* Takes up to `most` messages, at least one, to places as far apart as the slots; returns how many. */
static uint32_t take(struct ring *ring, char *messages, uint32_t most, uint32_t bytes)
{
    pthread_mutex_lock(&ring->lock);
    while (ring->count == 0)
        pthread_cond_wait(&ring->filled, &ring->lock);
    uint32_t count = ring->count < most ? ring->count : most;
    for (uint32_t i = 0; i < count; i++)
        memcpy(messages + (size_t)i * ring->apart, slot_of(ring, ring->first + i), bytes);
    ring->first = (ring->first + count) % SLOTS;
    if (ring->count == SLOTS)
        pthread_cond_signal(&ring->emptied);
    ring->count -= count;
    pthread_mutex_unlock(&ring->lock);
    return count;
}

static void get(int side, void *message, uint32_t bytes)
{
    take(&rings[!side], message, 1, bytes);
}

static void get_of_batch(int side, void *message, uint32_t bytes)
{
    struct ring *ring = &rings[!side];
    if (batches[side].next == batches[side].count) {
        batches[side].count = take(ring, batches[side].messages, BATCH, bytes);
        batches[side].next = 0;
    }
    memcpy(message, batches[side].messages + (size_t)batches[side].next++ * ring->apart, bytes);
}

const struct peer_transport peer_condition = {"mutex and condition", open_rings, close_rings, put,
                                              get};
const struct peer_transport peer_condition_batch = {"mutex and condition, in batches", open_rings,
                                                    close_rings, put, get_of_batch};

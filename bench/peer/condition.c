/* A ring of slots in each direction, under a mutex, with two conditions. */
#include <pthread.h>
#include <string.h>
#include "bench/peer/pair.h"

#define SLOTS 256U

struct ring {
    pthread_mutex_t lock;
    pthread_cond_t filled, emptied;
    uint32_t first, count;
    char slot[SLOTS][PEER_BYTES_MAX];
};

static struct ring rings[2]; /* by the side that fills it */

static double open_rings(uint32_t bytes)
{
    (void)bytes;
    for (int i = 0; i < 2; i++) {
        pthread_mutex_init(&rings[i].lock, NULL);
        pthread_cond_init(&rings[i].filled, NULL);
        pthread_cond_init(&rings[i].emptied, NULL);
        rings[i].first = rings[i].count = 0;
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

static void put(int side, const void *message, uint32_t bytes)
{
    struct ring *ring = &rings[side];
    pthread_mutex_lock(&ring->lock);
    while (ring->count == SLOTS)
        pthread_cond_wait(&ring->emptied, &ring->lock);
    memcpy(ring->slot[(ring->first + ring->count) % SLOTS], message, bytes);
    if (ring->count++ == 0)
        pthread_cond_signal(&ring->filled);
    pthread_mutex_unlock(&ring->lock);
}

static void get(int side, void *message, uint32_t bytes)
{
    struct ring *ring = &rings[!side];
    pthread_mutex_lock(&ring->lock);
    while (ring->count == 0)
        pthread_cond_wait(&ring->filled, &ring->lock);
    memcpy(message, ring->slot[ring->first], bytes);
    ring->first = (ring->first + 1) % SLOTS;
    if (ring->count-- == SLOTS)
        pthread_cond_signal(&ring->emptied);
    pthread_mutex_unlock(&ring->lock);
}

const struct peer_transport peer_condition = {"mutex and condition", open_rings, close_rings, put,
                                              get};

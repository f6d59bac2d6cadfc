/* One message in shared memory each way: a word says whether it is full. Who waits for it asleep has
 * said so there before, so that who fills it calls the host only if somebody sleeps. */
#include <linux/futex.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "bench/peer/pair.h"
#include "bench/peer/pause.h"

#define SPINS 2000U

enum state { EMPTY, FULL, AWAITED }; /* awaited: empty, and who takes from it is asleep */

struct box {
    _Alignas(128) atomic_uint state;
    _Alignas(64) char data[PEER_BYTES_MAX];
};

static struct box boxes[2]; /* by the side that fills it */

static double open_boxes(uint32_t bytes)
{
    (void)bytes;
    atomic_store(&boxes[0].state, EMPTY);
    atomic_store(&boxes[1].state, EMPTY);
    return 0;
}

static void close_boxes(void)
{
}

static void put(int side, const void *message, uint32_t bytes, uint32_t spins)
{
    struct box *box = &boxes[side];
    while (atomic_load_explicit(&box->state, memory_order_acquire) == FULL)
        peer_pause(); /* never in a round trip: the answer came after the last one was taken */
    memcpy(box->data, message, bytes);
    if (spins == UINT32_MAX)
        atomic_store_explicit(&box->state, FULL, memory_order_release);
    else if (atomic_exchange(&box->state, FULL) == AWAITED)
        syscall(SYS_futex, &box->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* Until it is full: by spinning alone, or so often, and then asleep. */
static void await(struct box *box, uint32_t spins)
{
    for (uint32_t i = 0; atomic_load_explicit(&box->state, memory_order_acquire) != FULL; i++) {
        unsigned empty = EMPTY;
        if (i < spins || spins == UINT32_MAX)
            peer_pause();
        else if (atomic_compare_exchange_strong(&box->state, &empty, AWAITED) || empty == AWAITED)
            syscall(SYS_futex, &box->state, FUTEX_WAIT_PRIVATE, AWAITED, NULL, NULL, 0);
    }
}

static void get(int side, void *message, uint32_t bytes, uint32_t spins)
{
    struct box *box = &boxes[!side];
    await(box, spins);
    memcpy(message, box->data, bytes);
    atomic_store_explicit(&box->state, EMPTY, memory_order_release);
}

#define TRANSPORT(name_, text, spins)                                                              \
    static void name_##_send(int side, const void *message, uint32_t bytes)                        \
    {                                                                                              \
        put(side, message, bytes, spins);                                                          \
    }                                                                                              \
    static void name_##_receive(int side, void *message, uint32_t bytes)                           \
    {                                                                                              \
        get(side, message, bytes, spins);                                                          \
    }                                                                                              \
    const struct peer_transport peer_##name_ = {text, open_boxes, close_boxes, name_##_send,       \
                                                name_##_receive};

TRANSPORT(mailbox, "spin mailbox", UINT32_MAX)
TRANSPORT(futex, "futex", 0)
TRANSPORT(spin_futex, "spin, then futex", SPINS)

/* One message in shared memory each way: a flag says whether it is full. */
#include <linux/futex.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "bench/peer/pair.h"

#define SPINS 2000U

struct box {
    _Alignas(128) atomic_uint full;
    _Alignas(64) char data[PEER_BYTES_MAX];
};

static struct box boxes[2]; /* by the side that fills it */

static double open_boxes(uint32_t bytes)
{
    (void)bytes;
    atomic_store(&boxes[0].full, 0);
    atomic_store(&boxes[1].full, 0);
    return 0;
}

static void close_boxes(void)
{
}

static void pause_once(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/* Until the flag is `value`: by spinning alone, or so often, and then asleep. */
static void await(struct box *box, unsigned value, uint32_t spins)
{
    for (uint32_t i = 0; atomic_load_explicit(&box->full, memory_order_acquire) != value; i++) {
        if (i < spins || spins == UINT32_MAX)
            pause_once();
        else
            syscall(SYS_futex, &box->full, FUTEX_WAIT_PRIVATE, !value, NULL, NULL, 0);
    }
}

static void put(int side, const void *message, uint32_t bytes, uint32_t spins)
{
    struct box *box = &boxes[side];
    await(box, 0, spins);
    memcpy(box->data, message, bytes);
    atomic_store_explicit(&box->full, 1, memory_order_release);
    if (spins != UINT32_MAX)
        syscall(SYS_futex, &box->full, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void get(int side, void *message, uint32_t bytes, uint32_t spins)
{
    struct box *box = &boxes[!side];
    await(box, 1, spins);
    memcpy(message, box->data, bytes);
    /* In a round trip the next message comes after the answer, so nobody sleeps for this. */
    atomic_store_explicit(&box->full, 0, memory_order_release);
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

/* The host's way to sleep on a word. Deadlines are absolute on CLOCK_MONOTONIC. */
#ifndef SIM_MACHINE_FUTEX_H
#define SIM_MACHINE_FUTEX_H

#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Sleeps while the word has this value; may return early. deadline NULL: for ever. */
static inline void sim_futex_wait(atomic_uint *word, uint32_t value,
                                  const struct timespec *deadline)
{
    syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, value, deadline, NULL,
            FUTEX_BITSET_MATCH_ANY);
}

static inline void sim_futex_wake(atomic_uint *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

#endif

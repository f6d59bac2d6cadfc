/* The host's clock, for the machines that run in real time. */
#ifndef SIM_MACHINE_CLOCK_H
#define SIM_MACHINE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t sim_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* One turn of a loop that waits for another CPU of the host. */
static inline void sim_clock_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    __asm__ __volatile__("yield");
#endif
}

#endif

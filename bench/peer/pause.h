/* What a processor is told in a loop that waits for another one. */
#ifndef BENCH_PEER_PAUSE_H
#define BENCH_PEER_PAUSE_H

static inline void peer_pause(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif

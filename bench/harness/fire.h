/* A device that does nothing but fire. */
#ifndef BENCH_HARNESS_FIRE_H
#define BENCH_HARNESS_FIRE_H

#include <stdint.h>

/* Fires an interrupt of a line at CPU 0 of the running machine, which takes it at its next entry to
 * the kernel. In a simulated thread there; once it was taken it may be called again. */
void bench_fire(uint32_t line, uint32_t bits);

#endif

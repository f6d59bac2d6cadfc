/* The contents of files that are made for a run: each word of 8 bytes follows from a seed and its
 * place, so that anyone can make any part again. */
#ifndef SIM_ROLE_SAMPLE_H
#define SIM_ROLE_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

/* Fills memory with what the file of this seed holds at offset. */
void sim_sample_fill(uint64_t seed, uint64_t offset, void *data, size_t length);

#endif

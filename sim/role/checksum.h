/* A fast checksum of a block of memory, for finding data that arrived wrong. Not for files that
 * live longer than a run: it is free to change. */
#ifndef SIM_ROLE_CHECKSUM_H
#define SIM_ROLE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* 64 bits over `length` bytes and the length itself. Any alignment; the same on every host of one
 * byte order. A change within one word of 8 bytes is always seen. */
uint64_t sim_checksum(const void *data, size_t length);

#endif

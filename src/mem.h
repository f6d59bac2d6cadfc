/* The four functions that a compiler may call on its own, and the only outside symbols of the
 * kernel. A host's C library has them; on bare metal link mem.c. */
#ifndef K_MEM_H
#define K_MEM_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);

#endif

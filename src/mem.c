/* For bare metal only: a hosted program has these from its C library. */
#include "mem.h"

#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
    return memmove(to, from, bytes);
}

void *memmove(void *to, const void *from, size_t bytes)
{
    unsigned char *t = to;
    const unsigned char *f = from;
    if ((uintptr_t)t - (uintptr_t)f >= bytes) {
        for (size_t i = 0; i < bytes; i++)
            ((volatile unsigned char *)t)[i] = f[i]; /* or the compiler calls memcpy here */
    } else {
        for (size_t i = bytes; i > 0; i--)
            ((volatile unsigned char *)t)[i - 1] = f[i - 1];
    }
    return to;
}

void *memset(void *to, int value, size_t bytes)
{
    volatile unsigned char *t = to;
    for (size_t i = 0; i < bytes; i++)
        t[i] = (unsigned char)value;
    return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
    const unsigned char *x = a, *y = b;
    for (size_t i = 0; i < bytes; i++)
        if (x[i] != y[i])
            return x[i] - y[i];
    return 0;
}

/* src/mem.c is for bare metal; here it is compiled under other names and compared with the host's. */
#include <criterion/criterion.h>

#include <string.h>
#include "seeded.h"

#define memcpy bare_memcpy
#define memmove bare_memmove
#define memset bare_memset
#define memcmp bare_memcmp
#include "mem.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp

#define BYTES 96

static void fill(struct sim_random *random, unsigned char bytes[BYTES])
{
    for (int i = 0; i < BYTES; i++)
        bytes[i] = (unsigned char)sim_random_below(random, 256);
}

static int sign(int number)
{
    return (number > 0) - (number < 0);
}

Test(mem, copies_as_the_host_does)
{
    struct sim_random random;
    uint64_t seed = seeded(&random, "mem");
    for (int step = 0; step < 5000; step++) {
        unsigned char from[BYTES], ours[BYTES], theirs[BYTES];
        fill(&random, from);
        fill(&random, ours);
        memcpy(theirs, ours, BYTES);
        size_t bytes = sim_random_below(&random, 40), to = sim_random_below(&random, 56);
        cr_assert_eq(bare_memcpy(ours + to, from + 3, bytes), ours + to);
        memcpy(theirs + to, from + 3, bytes);
        cr_assert_eq(memcmp(ours, theirs, BYTES), 0, "seed %lu, step %d", seed, step);
    }
}

Test(mem, moves_ranges_that_overlap_as_the_host_does)
{
    struct sim_random random;
    uint64_t seed = seeded(&random, "mem");
    for (int step = 0; step < 5000; step++) {
        unsigned char ours[BYTES], theirs[BYTES];
        fill(&random, ours);
        memcpy(theirs, ours, BYTES);
        size_t bytes = sim_random_below(&random, 49);
        size_t to = sim_random_below(&random, 48), from = sim_random_below(&random, 48);
        cr_assert_eq(bare_memmove(ours + to, ours + from, bytes), ours + to);
        memmove(theirs + to, theirs + from, bytes);
        cr_assert_eq(memcmp(ours, theirs, BYTES), 0, "seed %lu, step %d", seed, step);
    }
}

Test(mem, sets_exactly_the_range)
{
    unsigned char bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    cr_assert_eq(bare_memset(bytes + 2, 0x1ff, 3), bytes + 2);
    cr_assert_eq(memcmp(bytes, (unsigned char[]){1, 2, 0xff, 0xff, 0xff, 6, 7, 8}, 8), 0);
    bare_memset(bytes, 0, 0);
    cr_assert_eq(bytes[0], 1);
}

Test(mem, compares_as_unsigned_bytes)
{
    struct sim_random random;
    uint64_t seed = seeded(&random, "mem");
    cr_assert_gt(bare_memcmp("\x80", "\x7f", 1), 0);
    cr_assert_eq(bare_memcmp("a", "b", 0), 0);
    for (int step = 0; step < 5000; step++) {
        unsigned char a[BYTES], b[BYTES];
        fill(&random, a);
        memcpy(b, a, BYTES);
        b[sim_random_below(&random, BYTES)] = (unsigned char)sim_random_below(&random, 256);
        size_t bytes = sim_random_below(&random, BYTES + 1);
        cr_assert_eq(sign(bare_memcmp(a, b, bytes)), sign(memcmp(a, b, bytes)), "seed %lu, step %d",
                     seed, step);
    }
}

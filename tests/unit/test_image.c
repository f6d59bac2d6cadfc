#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/machine/image.h"

static const char constant[] = "read only";
static const char *const table[] = {"needs a", "relocation"};
static int global = 1;
static int zeroed;

static uint64_t address_of(const void *memory)
{
    return (uintptr_t)memory;
}

Test(image, holds_text_and_constants)
{
    cr_assert(sim_image_contains(address_of(constant), sizeof constant));
    cr_assert(sim_image_contains(address_of("a literal"), 10));
    cr_assert(sim_image_contains((uintptr_t)sim_image_contains, 1));
    cr_assert(sim_image_contains((uintptr_t)malloc, 1)); /* of another object */
}

/* The dynamic linker protects whole pages; what stands at the end of a section may not be in them. */
Test(image, holds_tables_that_were_relocated)
{
    cr_assert(sim_image_contains(address_of(table[0]), strlen(table[0])));
    cr_assert(sim_image_contains(address_of(table), sizeof table));
}

Test(image, does_not_hold_what_can_be_written)
{
    int local = 0;
    void *heap = malloc(16);
    cr_assert_not(sim_image_contains(address_of(&global), sizeof global));
    cr_assert_not(sim_image_contains(address_of(&zeroed), sizeof zeroed));
    cr_assert_not(sim_image_contains(address_of(&local), sizeof local));
    cr_assert_not(sim_image_contains(address_of(heap), 16));
    free(heap);
}

Test(image, ends_where_it_ends)
{
    cr_assert_not(sim_image_contains(0, 1));
    cr_assert_not(sim_image_contains(address_of(constant), (uint64_t)1 << 40));
    cr_assert_not(sim_image_contains(address_of(constant), UINT64_MAX));
    cr_assert_not(sim_image_contains(UINT64_MAX, 1));
    cr_assert_not(sim_image_contains(UINT64_MAX - 1, 10));
}

/* What is said on stderr while registers are explained; the result is static. */
static const char *explained(const uint64_t registers[6])
{
    static char said[4096];
    int ends[2], before = dup(STDERR_FILENO);
    cr_assert_eq(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    sim_image_explain(registers, 6);
    dup2(before, STDERR_FILENO);
    close(before);
    ssize_t length = read(ends[0], said, sizeof said - 1);
    close(ends[0]);
    said[length > 0 ? length : 0] = 0;
    return said;
}

Test(image, explains_a_writable_global_once)
{
    uint64_t registers[6] = {1, address_of(&global), address_of(constant), 0, UINT64_MAX, 77};
    unsetenv("SLIPWAY_EXPLAIN");
    cr_assert_str_empty(explained(registers));
    setenv("SLIPWAY_EXPLAIN", "1", 1);
    cr_assert_not_null(strstr(explained(registers), "writable global"));
    cr_assert_str_empty(explained(registers));
}

Test(image, names_the_global_where_it_can)
{
    uint64_t registers[6] = {address_of(&stdout), address_of(&global), address_of(&zeroed)};
    setenv("SLIPWAY_EXPLAIN", "1", 1);
    const char *said = explained(registers);
    cr_assert_not_null(strstr(said, "'stdout"), "%s", said); /* exported */
    cr_assert_not_null(strstr(said, "'global'"), "%s", said);
    cr_assert_not_null(strstr(said, "'zeroed'"), "%s", said);
}

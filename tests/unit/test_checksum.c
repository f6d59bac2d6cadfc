/* The checksum of blocks, and the contents that are made for them. */
#include <string.h>
#include <criterion/criterion.h>
#include "sim/role/checksum.h"
#include "sim/role/sample.h"

Test(checksum, every_single_bit_counts)
{
    unsigned char data[101];
    sim_sample_fill(1, 0, data, sizeof data);
    for (size_t length = 0; length <= sizeof data; length += 20) {
        uint64_t sum = sim_checksum(data, length);
        for (size_t bit = 0; bit < length * 8; bit++) {
            data[bit / 8] ^= (unsigned char)(1 << bit % 8);
            cr_assert_neq(sim_checksum(data, length), sum, "bit %zu of %zu bytes", bit, length);
            data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        }
        cr_assert_eq(sim_checksum(data, length), sum);
    }
}

Test(checksum, zeros_of_each_length_differ)
{
    static const unsigned char zeros[100];
    for (size_t a = 0; a < sizeof zeros; a++)
        for (size_t b = a + 1; b <= sizeof zeros; b++)
            cr_assert_neq(sim_checksum(zeros, a), sim_checksum(zeros, b));
}

Test(checksum, order_counts)
{
    uint64_t words[8] = {1, 2, 3, 4, 5, 6, 7, 8}, swapped[8] = {5, 2, 3, 4, 1, 6, 7, 8};
    uint64_t lanes[8] = {2, 1, 3, 4, 5, 6, 7, 8};
    cr_assert_neq(sim_checksum(words, sizeof words), sim_checksum(swapped, sizeof swapped));
    cr_assert_neq(sim_checksum(words, sizeof words), sim_checksum(lanes, sizeof lanes));
}

Test(checksum, alignment_does_not_matter)
{
    unsigned char data[256], moved[264];
    sim_sample_fill(2, 0, data, sizeof data);
    for (size_t shift = 0; shift < 8; shift++) {
        memcpy(moved + shift, data, sizeof data);
        cr_assert_eq(sim_checksum(moved + shift, sizeof data), sim_checksum(data, sizeof data));
    }
}

Test(sample, any_part_can_be_made_alone)
{
    unsigned char whole[200], part[200];
    sim_sample_fill(9, 0, whole, sizeof whole);
    for (size_t from = 0; from < sizeof whole; from += 7)
        for (size_t length = 0; from + length <= sizeof whole; length += 13) {
            sim_sample_fill(9, from, part, length);
            cr_assert_arr_eq(part, whole + from, length);
        }
}

Test(sample, seeds_differ)
{
    unsigned char a[64], b[64];
    sim_sample_fill(1, 0, a, sizeof a);
    sim_sample_fill(2, 0, b, sizeof b);
    cr_assert_arr_neq(a, b, sizeof a);
}

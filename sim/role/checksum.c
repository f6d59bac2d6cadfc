#include "sim/role/checksum.h"

#include <string.h>

#define CHECKSUM_LANES 4 /* so that the multiplications of neighbouring words overlap */
#define CHECKSUM_FACTOR 0x9fb21c651e98df25U

/* One to one in the word, for a given state, and in the state, for a given word. */
static inline uint64_t checksum_mix(uint64_t state, uint64_t word)
{
    state = (state ^ word) * CHECKSUM_FACTOR;
    return state ^ state >> 29;
}

uint64_t sim_checksum(const void *data, size_t length)
{
    const unsigned char *bytes = data;
    uint64_t lane[CHECKSUM_LANES] = {1, 2, 3, 4};
    size_t left = length;
    for (; left >= sizeof lane; left -= sizeof lane, bytes += sizeof lane) {
        uint64_t word[CHECKSUM_LANES];
        memcpy(word, bytes, sizeof word);
        for (int i = 0; i < CHECKSUM_LANES; i++)
            lane[i] = checksum_mix(lane[i], word[i]);
    }
    uint64_t tail[CHECKSUM_LANES] = {0};
    memcpy(tail, bytes, left);
    uint64_t sum = length;
    for (int i = 0; i < CHECKSUM_LANES; i++)
        sum = checksum_mix(sum, checksum_mix(lane[i], tail[i]));
    return checksum_mix(sum, sum >> 32);
}

#include "sim/role/sample.h"

#include <string.h>

#include "sim/role/random.h"

void sim_sample_fill(uint64_t seed, uint64_t offset, void *data, size_t length)
{
    unsigned char *bytes = data;
    uint64_t start = sim_random_seed(seed, 0);
    while (length > 0) {
        uint64_t word = sim_random_scramble(start ^ offset / sizeof word);
        if (offset % sizeof word == 0 && length >= sizeof word) {
            memcpy(bytes, &word, sizeof word);
            bytes += sizeof word;
            offset += sizeof word;
            length -= sizeof word;
            continue;
        }
        size_t skip = offset % sizeof word;
        size_t part = sizeof word - skip;
        if (part > length)
            part = length;
        memcpy(bytes, (const unsigned char *)&word + skip, part);
        bytes += part;
        offset += part;
        length -= part;
    }
}

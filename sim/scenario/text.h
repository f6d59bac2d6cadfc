/* Building a short text in a buffer of fixed size, without stdio: error messages of simulated
 * threads are made with it, where an allocation could fail and a host thread's state is not ours.
 * What does not fit is cut; the buffer always ends with a zero.
 */
#ifndef SIM_SCENARIO_TEXT_H
#define SIM_SCENARIO_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct sim_text {
    char *start;
    size_t length; /* without the zero */
    size_t bytes;
};

static inline void sim_text_init(struct sim_text *text, char *buffer, size_t bytes)
{
    *text = (struct sim_text){buffer, 0, bytes};
    if (bytes > 0)
        buffer[0] = 0;
}

static inline void sim_text_add_part(struct sim_text *text, const char *more, size_t length)
{
    while (length-- > 0 && text->length + 1 < text->bytes)
        text->start[text->length++] = *more++;
    if (text->bytes > 0)
        text->start[text->length] = 0;
}

static inline void sim_text_add(struct sim_text *text, const char *more)
{
    size_t length = 0;
    while (more[length] != 0)
        length++;
    sim_text_add_part(text, more, length);
}

static inline void sim_text_add_number(struct sim_text *text, int64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (number < 0)
        sim_text_add_part(text, "-", 1);
    sim_text_add_part(text, digits + at, sizeof digits - at);
}

#endif

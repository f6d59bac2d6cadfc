#include "sim/scenario/units.h"

#include <string.h>
#include "sim/scenario/text.h"

static const struct {
    const char *name;
    int64_t value;
    enum sim_unit unit;
} units[] = {
#define UNIT_ROW(name, value, unit) {name, value, unit},
    SIM_UNIT_MAP(UNIT_ROW)
#undef UNIT_ROW
};

#define UNITS (sizeof units / sizeof units[0])

static int suffix_value(const char *suffix, int64_t *value)
{
    *value = 1;
    if (suffix[0] == 0)
        return 0;
    for (size_t i = 0; i < UNITS; i++)
        if (strcmp(units[i].name, suffix) == 0) {
            *value = units[i].value;
            return 0;
        }
    return -1;
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Adds digits to a number, and counts them. */
static int read_digits(const char **text, int64_t *number, int *count)
{
    for (*count = 0; is_digit(**text); (*text)++, (*count)++)
        if (__builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, **text - '0', number))
            return -1;
    return 0;
}

int sim_units_parse(const char *text, int64_t *value)
{
    int negative = text[0] == '-', whole, decimals = 0;
    int64_t number = 0, suffix;
    text += negative;
    if (read_digits(&text, &number, &whole) != 0 || whole == 0)
        return -1;
    if (text[0] == '.') {
        text++;
        if (read_digits(&text, &number, &decimals) != 0 || decimals == 0)
            return -1;
    }
    if (suffix_value(text, &suffix) != 0 || __builtin_mul_overflow(number, suffix, &number))
        return -1;
    for (; decimals > 0; decimals--) {
        if (number % 10 != 0)
            return -1;
        number /= 10;
    }
    *value = negative ? -number : number;
    return 0;
}

void sim_units_show(int64_t value, enum sim_unit unit, char *out)
{
    struct sim_text text;
    size_t best = UNITS;
    sim_text_init(&text, out, 32);
    for (size_t i = 0; i < UNITS && value != 0; i++)
        if (units[i].unit == unit && value % units[i].value == 0)
            best = i;
    if (best == UNITS) {
        sim_text_add_number(&text, value);
        return;
    }
    sim_text_add_number(&text, value / units[best].value);
    sim_text_add(&text, units[best].name);
}

#include "sim/kernel_options.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <slipway/kernel.h>
#include "sim/scenario/spell.h"

#define VALUE_BYTES 64U
#define VALUES_MAX 8U
#define TIME_MAX_PS UINT64_C(1000000000000000) /* 1000 s: longer than any run */
#define TIME "TIME"

static const struct {
    const char *name, *values, *initial, *text;
} options_known[] = {
#define KNOWN(name, values, initial, text) {#name, values, initial, text},
    SIM_KERNEL_OPTION_MAP(KNOWN)
#undef KNOWN
};

#define OPTIONS ((uint32_t)(sizeof options_known / sizeof *options_known))

enum option {
#define OPTION(name, values, initial, text) OPTION_##name,
    SIM_KERNEL_OPTION_MAP(OPTION)
#undef OPTION
};

/* `locks` is what people say for `locking`. */
static uint32_t find(const char *name)
{
    uint32_t i = 0;
    if (strcmp(name, "locks") == 0)
        return OPTION_locking;
    while (i < OPTIONS && strcmp(options_known[i].name, name) != 0)
        i++;
    return i;
}

int sim_kernel_options_has(const char *name)
{
    return find(name) < OPTIONS;
}

const char *sim_kernel_option(uint32_t index, const char **values, const char **initial,
                              const char **text)
{
    if (index >= OPTIONS)
        return NULL;
    if (values != NULL)
        *values = options_known[index].values;
    if (initial != NULL)
        *initial = options_known[index].initial;
    if (text != NULL)
        *text = options_known[index].text;
    return options_known[index].name;
}

/* ---- values ------------------------------------------------------------------------------------- */

/* "10us", "2.5us", "0": how many times of `one_ps` that is. 0, or -1 for what is no time, is too long,
 * or does not come out whole. */
static int read_time(const char *value, uint64_t one_ps, uint64_t *count)
{
    static const struct {
        const char *name;
        uint64_t ps;
    } units[] = {
        {"ps", 1}, {"ns", 1000}, {"us", 1000000}, {"ms", 1000000000}, {"s", 1000000000000}};
    uint64_t digits = 0, by = 1, unit = 0;
    int point = 0, any = 0;
    for (; (*value >= '0' && *value <= '9') || (*value == '.' && !point); value++) {
        if (*value == '.') {
            point = 1;
            continue;
        }
        if (digits > TIME_MAX_PS || by > 1000000000000)
            return -1;
        digits = digits * 10 + (uint64_t)(*value - '0');
        by *= point ? 10 : 1;
        any = 1;
    }
    for (uint32_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(value, units[i].name) == 0)
            unit = units[i].ps;
    if (unit == 0 && digits == 0 && *value == 0) /* nothing is nothing in any unit */
        unit = 1;
    unsigned __int128 ps = (unsigned __int128)digits * unit, one = (unsigned __int128)by * one_ps;
    if (!any || unit == 0 || ps / by > TIME_MAX_PS || ps % one != 0)
        return -1;
    *count = (uint64_t)(ps / one);
    return 0;
}

static void set_flag(struct sim_kernel_options *options, uint32_t flag, int on)
{
    options->flags = on ? options->flags | flag : options->flags & ~flag;
}

/* The number of the word among the option's values, or -1; TIME is matched by none. */
static int choice_of(uint32_t option, const char *value)
{
    const char *list = options_known[option].values;
    size_t length = strlen(value);
    for (int number = 0;; number++) {
        size_t one = strcspn(list, "|");
        if (one == length && strncmp(list, value, one) == 0 && strcmp(value, TIME) != 0)
            return number;
        if (list[one] == 0)
            return -1;
        list += one + 1;
    }
}

static int set_idle(struct sim_kernel_options *options, int choice, const char *value)
{
    uint64_t ps = 0;
    if (choice < 0 && read_time(value, 1, &ps) != 0)
        return -1;
    set_flag(options, K_CONFIG_IDLE_POLL, choice == 1);
    options->idle_exit_ps = choice < 0 ? (int64_t)ps : -1;
    return 0;
}

static int set_slice(struct sim_kernel_options *options, int choice, const char *value)
{
    uint64_t ns = 0;
    if (choice < 0 && (read_time(value, 1000, &ns) != 0 || ns == 0))
        return -1;
    options->slice_ns = choice < 0 ? ns : 0;
    return 0;
}

static int set_spaces(struct sim_kernel_options *options, int choice)
{
    set_flag(options, K_CONFIG_SPACES_ALWAYS, choice == 1);
    set_flag(options, K_CONFIG_SPACES_SHARED, choice == 2);
    return choice < 0 ? -1 : 0;
}

static int set(struct sim_kernel_options *options, enum option option, const char *value)
{
    int choice = choice_of(option, value);
    switch (option) {
    case OPTION_locking:
        set_flag(options, K_CONFIG_BIG_LOCK, choice == 1);
        break;
    case OPTION_fast_path:
        set_flag(options, K_CONFIG_NO_DIRECT, choice == 1);
        break;
    case OPTION_spaces:
        return set_spaces(options, choice);
    case OPTION_isolation:
        options->isolation = choice == 1;
        break;
    case OPTION_idle:
        return set_idle(options, choice, value);
    case OPTION_wake:
        set_flag(options, K_CONFIG_WAKE_SAME, choice == 1);
        break;
    case OPTION_inherit:
        set_flag(options, K_CONFIG_NO_INHERIT, choice == 1);
        break;
    case OPTION_order:
        set_flag(options, K_CONFIG_ARRIVAL_ORDER, choice == 1);
        break;
    case OPTION_slice:
        return set_slice(options, choice, value);
    }
    return choice < 0 ? -1 : 0;
}

/* ---- the text ------------------------------------------------------------------------------------ */

static int unknown_option(const char *name, char *error, size_t error_bytes)
{
    const char *names[sizeof options_known / sizeof *options_known];
    char out[512];
    for (uint32_t i = 0; i < OPTIONS; i++)
        names[i] = options_known[i].name;
    sim_spell_explain(out, sizeof out, name, names, OPTIONS);
    snprintf(error, error_bytes, "kernel option '%s' is unknown: %s", name, out);
    return -1;
}

static int unknown_value(uint32_t option, const char *value, char *error, size_t error_bytes)
{
    const char *names[VALUES_MAX], *time = "";
    char list[VALUE_BYTES], out[256], *rest = list;
    uint32_t count = 0;
    snprintf(list, sizeof list, "%s", options_known[option].values);
    while (rest != NULL && count < VALUES_MAX) {
        char *name = rest;
        rest = strchr(rest, '|');
        if (rest != NULL)
            *rest++ = 0;
        if (strcmp(name, TIME) != 0)
            names[count++] = name;
        else if (option == OPTION_slice)
            time = ", or a time like 10us, in whole nanoseconds, from 1ns to 1000s";
        else
            time = ", or a time like 10us, in whole picoseconds, to 1000s";
    }
    sim_spell_explain(out, sizeof out, value, names, count);
    snprintf(error, error_bytes, "kernel option %s: '%s' is not accepted: %s%s",
             options_known[option].name, value, out, time);
    return -1;
}

static int parse_one(const char *text, size_t length, struct sim_kernel_options *options,
                     char *error, size_t error_bytes)
{
    char name[VALUE_BYTES] = "", *value;
    if (length >= sizeof name) {
        snprintf(error, error_bytes, "kernel option '%.32s...' is too long: accepted is name=value",
                 text);
        return -1;
    }
    memcpy(name, text, length);
    value = strchr(name, '=');
    if (value == NULL) {
        snprintf(error, error_bytes, "kernel option '%s': accepted is name=value", name);
        return -1;
    }
    *value++ = 0;
    uint32_t option = find(name);
    if (option == OPTIONS)
        return unknown_option(name, error, error_bytes);
    return set(options, (enum option)option, value) == 0
               ? 0
               : unknown_value(option, value, error, error_bytes);
}

int sim_kernel_options_parse(const char *text, struct sim_kernel_options *options, char *error,
                             size_t error_bytes)
{
    *options = (struct sim_kernel_options){.idle_exit_ps = -1};
    while (*text != 0) {
        size_t length = strcspn(text, ",");
        if (parse_one(text, length, options, error, error_bytes) != 0)
            return -1;
        text += length + (text[length] == ',');
    }
    return 0;
}

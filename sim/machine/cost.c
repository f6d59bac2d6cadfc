#include "sim/machine/cost.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/scenario/spell.h"

#define CPUS_MAX 1024U
#define WORDS_MAX 64U
#define PERCENT_MAX 1000U
#define PS_MAX ((uint64_t)1 << 50) /* twenty minutes: no primitive takes that long */
#define UNITS "cycles, ps, ns, us, ms"

/* Every word that a line may begin with. */
static const char *const names[] = {
#define NAME(name, text) #name,
    SLIP_COST_MAP(NAME) SIM_COST_MAP(NAME)
#undef NAME
        "about",
    "clock",
    "topology",
    "words",
};

#define COSTS ((uint32_t)SLIP_COST_COUNT + (uint32_t)SIM_COST_COUNT)
#define NAMES ((uint32_t)(sizeof names / sizeof *names))

struct reader {
    struct sim_costs *costs;
    char *store; /* the text, cut into strings */
    uint32_t line;
    char *error;
    size_t error_bytes;
    uint32_t seen[sizeof names / sizeof *names]; /* in which line; 0: not yet */
};

static int __attribute__((format(printf, 2, 3)))
wrong(struct reader *reader, const char *format, ...)
{
    va_list arguments;
    int used = reader->line == 0
                   ? snprintf(reader->error, reader->error_bytes, "%s: ", reader->costs->name)
                   : snprintf(reader->error, reader->error_bytes, "%s:%u: ", reader->costs->name,
                              reader->line);
    if (used < 0 || (size_t)used >= reader->error_bytes)
        return -1;
    va_start(arguments, format);
    vsnprintf(reader->error + used, reader->error_bytes - (size_t)used, format, arguments);
    va_end(arguments);
    return -1;
}

static struct sim_cost *cost_of(struct sim_costs *costs, uint32_t name)
{
    return name < SLIP_COST_COUNT ? &costs->kernel[name] : &costs->machine[name - SLIP_COST_COUNT];
}

/* ---- numbers ---------------------------------------------------------------------------------- */

/* A decimal number, as digits and how many of them are behind the point. 0, or -1 for what is none:
 * a negative one has no business here. */
static int read_number(const char *text, uint64_t *digits, uint32_t *behind)
{
    int point = 0, any = 0;
    *digits = 0;
    *behind = 0;
    for (; *text != 0; text++) {
        if (*text == '.' && !point) {
            point = 1;
            continue;
        }
        if (*text < '0' || *text > '9' || *digits > UINT64_MAX / 100 || *behind == 9)
            return -1;
        *digits = *digits * 10 + (uint64_t)(*text - '0');
        *behind += (uint32_t)point;
        any = 1;
    }
    return any ? 0 : -1;
}

/* digits * scale / 10^behind / divisor, rounded once. 0, or -1 if it does not fit. */
static int scale(uint64_t digits, uint32_t behind, uint64_t times, uint64_t divisor, uint64_t *out)
{
    unsigned __int128 value = (unsigned __int128)digits * times, by = divisor;
    while (behind-- > 0)
        by *= 10;
    value = (value + by / 2) / by;
    if (value > PS_MAX)
        return -1;
    *out = (uint64_t)value;
    return 0;
}

/* A whole number of at most `max` at *text, behind blanks; leaves *text behind it. 0, or -1. */
static int cut_whole(char **text, uint32_t max, uint32_t *out)
{
    char *at = *text + strspn(*text, " \t");
    uint64_t value = 0;
    if (*at < '0' || *at > '9')
        return -1;
    for (; *at >= '0' && *at <= '9'; at++) {
        value = value * 10 + (uint64_t)(*at - '0');
        if (value > max)
            return -1;
    }
    *text = at;
    *out = (uint32_t)value;
    return 0;
}

/* One sign at *text, behind blanks. */
static int cut_sign(char **text, char sign)
{
    char *at = *text + strspn(*text, " \t");
    if (*at != sign)
        return -1;
    *text = at + 1;
    return 0;
}

/* A unit as a fraction of picoseconds. 0, or -1 after a message. */
static int read_unit(struct reader *reader, const char *unit, uint64_t *times, uint64_t *divisor)
{
    static const struct {
        const char *name;
        uint64_t ps;
    } units[] = {{"ps", 1}, {"ns", 1000}, {"us", 1000000}, {"ms", 1000000000}};
    *divisor = 1;
    if (strcmp(unit, "cycles") == 0) {
        *times = 1000000000000U;
        *divisor = reader->costs->clock_hz;
        return *divisor != 0 ? 0
                             : wrong(reader, "a value in cycles needs the clock, in a line before "
                                             "it: clock 3.4 GHz");
    }
    for (uint32_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(unit, units[i].name) == 0) {
            *times = units[i].ps;
            return 0;
        }
    return wrong(reader, "unit '%s' is unknown; accepted: " UNITS, unit);
}

static int read_value(struct reader *reader, const char *number, const char *unit, uint64_t *ps)
{
    uint64_t digits, times, divisor;
    uint32_t behind;
    if (number[0] == '-')
        return wrong(reader, "%s is negative; a cost is more than nothing, or free", number);
    if (read_number(number, &digits, &behind) != 0)
        return wrong(reader, "'%s' is no number; accepted is one like 135 or 2.5, or free", number);
    if (read_unit(reader, unit, &times, &divisor) != 0)
        return -1;
    if (scale(digits, behind, times, divisor, ps) != 0)
        return wrong(reader, "%s %s is more than any primitive takes", number, unit);
    if (*ps == 0)
        return wrong(reader, "%s %s is 0 picoseconds; what costs nothing is written free", number,
                     unit);
    return 0;
}

/* ---- lines ------------------------------------------------------------------------------------ */

/* Cuts the next word off; "" at the end. */
static char *cut_word(char **rest)
{
    char *word = *rest + strspn(*rest, " \t");
    char *end = word + strcspn(word, " \t");
    *rest = *end == 0 ? end : end + 1;
    *end = 0;
    return word;
}

static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t length = strlen(text);
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        text[--length] = 0;
    return text;
}

static int read_clock(struct reader *reader, char *rest)
{
    char *number = cut_word(&rest), *unit = cut_word(&rest);
    uint64_t digits, hz = 0;
    uint32_t behind;
    uint64_t times = strcmp(unit, "GHz") == 0   ? 1000000000U
                     : strcmp(unit, "MHz") == 0 ? 1000000
                                                : 0;
    if (times == 0 || trim(rest)[0] != 0 || read_number(number, &digits, &behind) != 0 ||
        scale(digits, behind, times, 1, &hz) != 0 || hz < 1000000 || hz > 100000000000U)
        return wrong(reader, "the clock is a frequency like 3.4 GHz or 996 MHz");
    reader->costs->clock_hz = hz;
    return 0;
}

static int read_topology(struct reader *reader, char *rest)
{
    struct sim_shape *shape = &reader->costs->shape;
    uint32_t *const part[] = {&shape->sockets, &shape->clusters, &shape->cores, &shape->threads};
    uint32_t total = 0;
    uint64_t cpus = 1;
    for (uint32_t i = 0; i < 4; i++) {
        if ((i > 0 && cut_sign(&rest, 'x') != 0) || cut_whole(&rest, UINT32_MAX, part[i]) != 0)
            return wrong(reader, "the topology is sockets x clusters x cores x threads, "
                                 "like 2 x 1 x 16 x 2 = 64");
        if (*part[i] == 0 || *part[i] > CPUS_MAX)
            return wrong(reader, "the topology has a part of %u; each is from 1 to %u", *part[i],
                         CPUS_MAX);
        cpus *= *part[i];
    }
    int counted = cut_sign(&rest, '=') == 0;
    if (counted && cut_whole(&rest, UINT32_MAX, &total) != 0)
        return wrong(reader, "behind the = of a topology stands the number of its CPUs");
    if (trim(rest)[0] != 0)
        return wrong(reader,
                     "'%s' is too much: the topology is sockets x clusters x cores x "
                     "threads, like 2 x 1 x 16 x 2 = 64",
                     trim(rest));
    if (counted && total != cpus)
        return wrong(reader, "the topology multiplies out to %llu CPUs, not to %u",
                     (unsigned long long)cpus, total);
    if (cpus > CPUS_MAX)
        return wrong(reader, "the topology has %llu CPUs; at most %u are simulated",
                     (unsigned long long)cpus, CPUS_MAX);
    return 0;
}

static int read_words(struct reader *reader, char *rest)
{
    if (cut_whole(&rest, WORDS_MAX, &reader->costs->words_free) != 0 ||
        strcmp(trim(rest), "free") != 0)
        return wrong(reader,
                     "how many message words travel in registers is a number from 0 to %u, "
                     "as in: words 4 free",
                     WORDS_MAX);
    return 0;
}

static int read_about(struct reader *reader, char *rest)
{
    reader->costs->about = trim(rest);
    return reader->costs->about[0] != 0
               ? 0
               : wrong(reader, "about is empty; it says in one line whose costs these are");
}

/* Value, unit and uncertainty; *rest is then behind them. */
static int read_amount(struct reader *reader, uint32_t name, struct sim_cost *cost, char *number,
                       char **rest)
{
    char *unit = cut_word(rest);
    if (unit[0] == 0)
        return wrong(reader, "%s has no unit; accepted: " UNITS, names[name]);
    if (read_value(reader, number, unit, &cost->ps) != 0)
        return -1;
    char *percent = cut_word(rest);
    if (cut_whole(&percent, PERCENT_MAX, &cost->uncertainty) != 0 || strcmp(percent, "%") != 0)
        return wrong(reader,
                     "%s: behind the unit stands the uncertainty in percent, from 0%% to "
                     "%u%%, like 10%%",
                     names[name], PERCENT_MAX);
    size_t digits = strlen(number); /* the string is value, one blank, unit */
    number[digits] = ' ';
    memmove(number + digits + 1, unit, strlen(unit) + 1);
    return 0;
}

/* name value unit uncertainty% source..., or name free source... */
static int read_cost(struct reader *reader, uint32_t name, char *rest)
{
    struct sim_cost *cost = cost_of(reader->costs, name);
    char *value = cut_word(&rest);
    if (value[0] == 0)
        return wrong(reader, "%s has no value; accepted: a number with a unit (" UNITS "), or free",
                     names[name]);
    if (strcmp(value, "free") != 0 && read_amount(reader, name, cost, value, &rest) != 0)
        return -1;
    cost->value = value;
    cost->source = trim(rest);
    if (cost->source[0] == 0)
        return wrong(reader, "%s does not say where its number comes from", names[name]);
    return 0;
}

static int read_line(struct reader *reader, char *line)
{
    char *rest = line, *word = cut_word(&rest), out[512];
    uint32_t name = 0;
    if (word[0] == 0 || word[0] == '#')
        return 0;
    while (name < NAMES && strcmp(names[name], word) != 0)
        name++;
    if (name == NAMES) {
        sim_spell_explain(out, sizeof out, word, names, NAMES);
        return wrong(reader, "'%s' is no cost: %s", word, out);
    }
    if (reader->seen[name] != 0)
        return wrong(reader, "%s is given twice: first in line %u", word, reader->seen[name]);
    reader->seen[name] = reader->line;
    switch (name - COSTS) {
    case 0:
        return read_about(reader, rest);
    case 1:
        return read_clock(reader, rest);
    case 2:
        return read_topology(reader, rest);
    case 3:
        return read_words(reader, rest);
    default:
        return read_cost(reader, name, rest);
    }
}

/* isolation alone may be missing: of a processor whose entry and exit include it, or have none. */
static int may_be_missing(uint32_t name)
{
    return name == (uint32_t)SLIP_COST_COUNT + SIM_COST_isolation ||
           strcmp(names[name], "clock") == 0;
}

static int check_missing(struct reader *reader)
{
    char list[1024] = "";
    size_t used = 0;
    for (uint32_t i = 0; i < NAMES; i++)
        if (reader->seen[i] == 0 && !may_be_missing(i) && used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "",
                                     names[i]);
    reader->line = 0;
    return used == 0 ? 0 : wrong(reader, "lines are missing: %s", list);
}

/* Bytes of the UTF-8 character at `at`; 0 if it is none. */
static uint32_t character_bytes(const unsigned char *at)
{
    uint32_t bytes = *at < 0x80 ? 1 : *at < 0xc2 ? 0 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
    uint32_t value = *at & (0xffU >> (bytes + 1));
    if (*at > 0xf4)
        return 0;
    for (uint32_t i = 1; i < bytes; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (at[i] & 0x3fU);
    }
    int longer = (bytes == 3 && value < 0x800) || (bytes == 4 && value < 0x10000);
    int none = value > 0x10ffff || (value >= 0xd800 && value < 0xe000);
    return bytes > 1 && (longer || none) ? 0 : bytes;
}

/* What is read here is shown on terminals, and goes into results, from which a repeated run reads
 * it again: there it must be the same text, with the same hash. */
static int check_characters(struct reader *reader, const char *line)
{
    const unsigned char *at = (const unsigned char *)line;
    for (uint32_t bytes; *at != 0; at += bytes) {
        bytes = character_bytes(at);
        if (bytes == 0)
            return wrong(reader, "holds a byte %#x that is no UTF-8; accepted is text in UTF-8",
                         *at);
        if ((*at < ' ' && *at != '\t') || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0))
            return wrong(reader, "holds a control character; accepted is text of one line");
    }
    return 0;
}

static int read_lines(struct reader *reader, char *text)
{
    while (*text != 0) {
        char *end = text + strcspn(text, "\n");
        int last = *end == 0;
        *end = 0;
        if (end > text && end[-1] == '\r')
            end[-1] = 0;
        reader->line++;
        if (check_characters(reader, text) != 0 || read_line(reader, text) != 0)
            return -1;
        text = last ? end : end + 1;
    }
    return check_missing(reader);
}

/* ---- all of it -------------------------------------------------------------------------------- */

/* FNV-1a, as of a scenario's text. */
static void write_hash(const char *text, char out[17])
{
    uint64_t hash = 0xcbf29ce484222325U;
    for (; *text != 0; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3U;
    snprintf(out, 17, "%016llx", (unsigned long long)hash);
}

/* One block: the struct, the text as it is, the text to be cut, name, hash. */
static struct sim_costs *allocate(const char *name, const char *text, char **store)
{
    size_t length = strlen(text) + 1, name_length = strlen(name) + 1;
    struct sim_costs *costs = calloc(1, sizeof *costs + 2 * length + name_length + 17);
    if (costs == NULL)
        return NULL;
    char *at = (char *)(costs + 1);
    costs->text = memcpy(at, text, length);
    *store = memcpy(at + length, text, length);
    costs->name = memcpy(at + 2 * length, name, name_length);
    costs->hash = at + 2 * length + name_length;
    write_hash(text, at + 2 * length + name_length);
    costs->about = "";
    return costs;
}

struct sim_costs *sim_costs_parse(const char *name, const char *text, char *error,
                                  size_t error_bytes)
{
    struct reader reader = {.error = error, .error_bytes = error_bytes};
    reader.costs = allocate(name, text, &reader.store);
    if (reader.costs == NULL) {
        snprintf(error, error_bytes, "%s: the host has no memory left", name);
        return NULL;
    }
    if (read_lines(&reader, reader.store) == 0)
        return reader.costs;
    sim_costs_free(reader.costs);
    return NULL;
}

void sim_costs_free(struct sim_costs *costs)
{
    free(costs);
}

#include "sim/scenario/source.h"

#include <string.h>

enum token { END, NAME, OPEN, CLOSE, EQUALS, COMMA, OTHER };

struct scanner {
    const char *text;
    size_t at, end;
    size_t start; /* of the token that was read last */
    size_t length;
};

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int is_name(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9');
}

/* Behind "[[ ... ]]" or "[==[ ... ]==]" that begins at `at`; `at` itself if none begins there. */
static size_t skip_long(const struct scanner *s, size_t at)
{
    size_t level = 0, open = at + 1;
    while (open < s->end && s->text[open] == '=') {
        open++;
        level++;
    }
    if (open >= s->end || s->text[at] != '[' || s->text[open] != '[')
        return at;
    for (size_t i = open + 1; i < s->end; i++) {
        size_t equals = 0;
        if (s->text[i] != ']')
            continue;
        while (i + 1 + equals < s->end && s->text[i + 1 + equals] == '=')
            equals++;
        if (equals == level && i + 1 + equals < s->end && s->text[i + 1 + equals] == ']')
            return i + equals + 2;
    }
    return s->end;
}

static size_t skip_comment(const struct scanner *s, size_t at)
{
    size_t behind = at + 2 < s->end ? skip_long(s, at + 2) : at + 2;
    if (behind > at + 2)
        return behind;
    while (at < s->end && s->text[at] != '\n')
        at++;
    return at;
}

static size_t skip_string(const struct scanner *s, size_t at)
{
    char quote = s->text[at++];
    while (at < s->end && s->text[at] != quote && s->text[at] != '\n')
        at += s->text[at] == '\\' ? 2 : 1;
    return at + 1 < s->end ? at + 1 : s->end;
}

static void skip_space(struct scanner *s)
{
    for (;;) {
        while (s->at < s->end && strchr(" \t\r\n\f\v", s->text[s->at]) != NULL)
            s->at++;
        if (s->at + 1 >= s->end || s->text[s->at] != '-' || s->text[s->at + 1] != '-')
            return;
        s->at = skip_comment(s, s->at);
    }
}

static enum token next_token(struct scanner *s)
{
    skip_space(s);
    s->start = s->at;
    s->length = 0;
    if (s->at >= s->end)
        return END;
    char c = s->text[s->at];
    if (is_name(c)) {
        while (s->at < s->end && is_name(s->text[s->at]))
            s->at++;
        s->length = s->at - s->start;
        return is_letter(c) ? NAME : OTHER;
    }
    if (c == '"' || c == '\'') {
        s->at = skip_string(s, s->at);
        return OTHER;
    }
    if (c == '[' && skip_long(s, s->at) > s->at) {
        s->at = skip_long(s, s->at);
        return OTHER;
    }
    s->at++;
    if (strchr("=<>~", c) != NULL && s->at < s->end && s->text[s->at] == '=') {
        s->at++; /* a comparison */
        return OTHER;
    }
    return c == '{'               ? OPEN
           : c == '}'             ? CLOSE
           : c == '='             ? EQUALS
           : c == ',' || c == ';' ? COMMA
                                  : OTHER;
}

static int is_token(const struct scanner *s, const char *name)
{
    return strlen(name) == s->length && memcmp(s->text + s->start, name, s->length) == 0;
}

/* Behind the value that begins at the scanner: a comma or a closing brace on its own level. */
static size_t value_end(struct scanner s)
{
    int depth = 0;
    for (;;) {
        size_t before = s.at;
        enum token token = next_token(&s);
        if (token == OPEN)
            depth++;
        if (token == CLOSE && --depth == 0)
            return s.at;
        if (token == END || depth < 0 || (token == COMMA && depth == 0))
            return before;
    }
}

/* Is the name that was read last followed by a value? Then `part` is both. */
static int has_value(const struct scanner *s, struct sim_source_part *part)
{
    struct scanner ahead = *s;
    part->name = s->start;
    enum token token = next_token(&ahead);
    if (token == OTHER && s->text[ahead.start] == '(') /* params({ ... }) */
        token = next_token(&ahead);
    if (token == OPEN)
        ahead.at = ahead.start;
    if (token != OPEN && token != EQUALS)
        return 0;
    skip_space(&ahead);
    part->start = ahead.at;
    part->end = value_end(ahead);
    return 1;
}

int sim_source_find(const char *text, const struct sim_source_part *within, const char *name,
                    struct sim_source_part *part)
{
    struct scanner s = {text, 0, strlen(text), 0, 0};
    int depth = 0;
    if (within != NULL) {
        s.at = within->start;
        s.end = within->end;
    }
    for (enum token token = next_token(&s); token != END; token = next_token(&s)) {
        depth += (token == OPEN) - (token == CLOSE);
        if (token == NAME && is_token(&s, name) && (within == NULL || depth == 1) &&
            has_value(&s, part))
            return 1;
    }
    return 0;
}

int sim_source_result(const char *text, struct sim_source_part *part)
{
    struct scanner s = {text, 0, strlen(text), 0, 0};
    struct sim_source_part candidate;
    int depth = 0, found = 0;
    for (enum token token = next_token(&s); token != END; token = next_token(&s)) {
        depth += (token == OPEN) - (token == CLOSE);
        if (token == NAME && depth == 0 && is_token(&s, "return") && has_value(&s, &candidate)) {
            *part = candidate;
            found = 1;
        }
    }
    return found;
}

uint32_t sim_source_line(const char *text, size_t offset)
{
    uint32_t line = 1;
    for (size_t i = 0; i < offset && text[i] != 0; i++)
        line += text[i] == '\n';
    return line;
}

enum sim_unit sim_source_unit(const char *text, const struct sim_source_part *part)
{
    static const struct {
        const char *name;
        enum sim_unit unit;
    } units[] = {
#define UNIT_ROW(name, value, unit) {name, unit},
        SIM_UNIT_MAP(UNIT_ROW)
#undef UNIT_ROW
    };
    struct scanner s = {text, part->start, part->end, 0, 0};
    for (enum token token = next_token(&s); token != END; token = next_token(&s))
        for (size_t i = 0; token == NAME && i < sizeof units / sizeof units[0]; i++)
            if (is_token(&s, units[i].name))
                return units[i].unit;
    return SIM_UNIT_NONE;
}

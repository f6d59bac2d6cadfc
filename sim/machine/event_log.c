#include "sim/machine/event_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <slipway/machine.h>

struct sim_event_log {
    FILE *file; /* owns */
    uint64_t count, hash;
    int broken; /* 1: the file took no more */
};

struct sim_event_log *sim_event_log_create(void)
{
    struct sim_event_log *log = calloc(1, sizeof *log);
    if (log == NULL)
        return NULL;
    log->file = tmpfile();
    if (log->file == NULL) {
        free(log);
        return NULL;
    }
    return log;
}

void sim_event_log_destroy(struct sim_event_log *log)
{
    if (log == NULL)
        return;
    fclose(log->file);
    free(log);
}

void sim_event_log_add(struct sim_event_log *log, const struct sim_trace_event *event)
{
    if (log->count < SIM_EVENT_LOG_MAX && !log->broken)
        log->broken = fwrite(event, sizeof *event, 1, log->file) != 1;
    log->hash = sim_event_hash(log->hash, event);
    log->count++;
}

uint64_t sim_event_log_count(const struct sim_event_log *log)
{
    return log->count;
}

uint64_t sim_event_log_hash(const struct sim_event_log *log)
{
    return log->hash;
}

static const char *name_of(uint32_t point)
{
    static const char *const names[] = {
#define NAME(name, a, b) #name,
        SLIP_TRACE_MAP(NAME)
#undef NAME
    };
    return point < sizeof names / sizeof names[0] ? names[point] : "?";
}

static int next(struct sim_event_log *log, struct sim_trace_event *event)
{
    return fread(event, sizeof *event, 1, log->file) == 1;
}

static int describe(char *text, size_t bytes, const char *which,
                    const struct sim_trace_event *event)
{
    if (event == NULL)
        return snprintf(text, bytes, "%s: the run is over", which);
    return snprintf(text, bytes, "%s: at %llu.%03llu ns CPU %u, %s %llu %llu", which,
                    (unsigned long long)(event->ps / 1000), (unsigned long long)(event->ps % 1000),
                    event->cpu, name_of(event->point), (unsigned long long)event->a,
                    (unsigned long long)event->b);
}

static int same(const struct sim_trace_event *a, const struct sim_trace_event *b)
{
    return a->ps == b->ps && a->cpu == b->cpu && a->point == b->point && a->a == b->a &&
           a->b == b->b;
}

int sim_event_log_differ(struct sim_event_log *a, struct sim_event_log *b, char *text, size_t bytes)
{
    if (a->count == b->count && a->hash == b->hash)
        return 0;
    rewind(a->file);
    rewind(b->file);
    for (uint64_t number = 0;; number++) {
        struct sim_trace_event one, other;
        int has_one = next(a, &one), has_other = next(b, &other);
        if (!has_one && !has_other) {
            snprintf(text, bytes,
                     "the first %llu events are the same, and what comes behind them is not",
                     (unsigned long long)number);
            return 1;
        }
        if (has_one && has_other && same(&one, &other))
            continue;
        int used = snprintf(text, bytes, "event %llu differs\n  ", (unsigned long long)number);
        size_t at = (size_t)used < bytes ? (size_t)used : bytes;
        used += describe(text + at, bytes - at, "first run ", has_one ? &one : NULL);
        at = (size_t)used < bytes ? (size_t)used : bytes;
        used += snprintf(text + at, bytes - at, "\n  ");
        at = (size_t)used < bytes ? (size_t)used : bytes;
        describe(text + at, bytes - at, "second run", has_other ? &other : NULL);
        return 1;
    }
}

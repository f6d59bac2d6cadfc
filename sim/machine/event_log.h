/* The event stream of a run, kept to be compared with another's.
 *
 * Events go to an unnamed file of the host, the first EVENT_LOG_MAX of them; of what comes behind
 * there is a hash only.
 */
#ifndef SIM_MACHINE_EVENT_LOG_H
#define SIM_MACHINE_EVENT_LOG_H

#include <stddef.h>
#include <stdint.h>

#define SIM_EVENT_LOG_MAX ((uint64_t)1 << 26)

struct sim_event_log;

struct sim_trace_event {
    uint64_t ps; /* simulated time */
    uint32_t cpu;
    uint32_t point; /* enum slip_trace */
    uint64_t a, b;
};

/* NULL if the host has no room for temporary files. */
struct sim_event_log *sim_event_log_create(void);
void sim_event_log_destroy(struct sim_event_log *log);

void sim_event_log_add(struct sim_event_log *log, const struct sim_trace_event *event);

/* Of all events so far: their number, and a hash of them in order. */
uint64_t sim_event_log_count(const struct sim_event_log *log);
uint64_t sim_event_log_hash(const struct sim_event_log *log);

/* 0 if both are equal; 1, and the first event that differs as a text. */
int sim_event_log_differ(struct sim_event_log *a, struct sim_event_log *b, char *text,
                         size_t bytes);

/* One step of the rolling hash that a run has. */
static inline uint64_t sim_event_hash(uint64_t hash, const struct sim_trace_event *event)
{
    uint64_t mixed = (event->ps ^ (uint64_t)event->point << 56 ^ (uint64_t)event->cpu << 40) *
                         0x9e3779b97f4a7c15U +
                     event->a * 0xc2b2ae3d27d4eb4fU + event->b * 0x165667b19e3779f9U;
    hash = (hash ^ mixed) * 0x100000001b3U;
    return hash ^ hash >> 29;
}

#endif

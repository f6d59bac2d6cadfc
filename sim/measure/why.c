#include "sim/measure/why.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DIFFERENCE_LEAST 0.05 /* of the larger one: less is not worth a line */
#define SHARE_LEAST 0.10      /* of the time */
#define WAKES_APART 0.2       /* of the larger of the two differences */
#define PART_LEAST 0.05       /* of the longer response */
#define TIME_LINES 1          /* shares of time follow from counts more often than they explain */
#define TEXT_BYTES 128

struct reason {
    double weight; /* 0: none */
    int time;      /* 1: a share of time */
    char text[TEXT_BYTES];
};

struct reasons {
    struct reason best[SIM_WHY_LINES]; /* heaviest first */
    int slower;                        /* 1: the design is slower than the first, -1: faster */
};

static char *figure(double value, char out[32])
{
    double size = fabs(value);
    snprintf(out, 32, "%.*f", size < 10 ? 2 : size < 100 ? 1 : 0, value);
    return out;
}

/* Keeps a reason if it is among the heaviest. Of shares of time only TIME_LINES are kept. */
static void offer(struct reasons *reasons, const struct reason *reason)
{
    struct reason *best = reasons->best;
    int times = 0;
    for (int i = 0; i < SIM_WHY_LINES; i++)
        if (best[i].time && ++times == TIME_LINES && reason->time) {
            if (best[i].weight >= reason->weight)
                return;
            memmove(&best[i], &best[i + 1], (size_t)(SIM_WHY_LINES - 1 - i) * sizeof best[0]);
            best[SIM_WHY_LINES - 1] = (struct reason){.weight = 0};
            break;
        }
    for (int i = 0; i < SIM_WHY_LINES; i++) {
        if (best[i].weight >= reason->weight)
            continue;
        memmove(&best[i + 1], &best[i], (size_t)(SIM_WHY_LINES - 1 - i) * sizeof best[0]);
        best[i] = *reason;
        return;
    }
}

/* A count per operation: `mine` of this design, `first` of the first one. */
static void offer_count(struct reasons *reasons, const char *what, double weight, double least,
                        double mine, double first)
{
    double difference = mine - first, larger = fmax(mine, first);
    if (isnan(difference) || fabs(difference) < least ||
        fabs(difference) < DIFFERENCE_LEAST * larger)
        return;
    struct reason reason = {.weight = weight * fabs(difference) / larger};
    char more[32], is[32], was[32];
    if ((difference > 0) == (reasons->slower > 0))
        reason.weight *= 2;
    snprintf(reason.text, sizeof reason.text, "%s %s %s per operation: %s, not %s",
             figure(fabs(difference), more), difference > 0 ? "more" : "fewer", what,
             figure(mine, is), figure(first, was));
    offer(reasons, &reason);
}

/* Nearly every switch has its wake, so wakes get a line only where they tell another story. */
static void offer_switches(struct reasons *reasons, const struct sim_per_op *mine,
                           const struct sim_per_op *first)
{
    double switches = mine->switches - first->switches, wakes = mine->wakes - first->wakes;
    offer_count(reasons, "switches", 1.0, 0.02, mine->switches, first->switches);
    if (fabs(switches - wakes) > WAKES_APART * fmax(fabs(switches), fabs(wakes)))
        offer_count(reasons, "wakes", 0.9, 0.02, mine->wakes, first->wakes);
}

static void offer_share(struct reasons *reasons, const char *process, const char *doing,
                        double mine, double first)
{
    double difference = mine - first;
    if (isnan(difference) || fabs(difference) < SHARE_LEAST)
        return;
    struct reason reason = {.weight = 0.5 * fabs(difference), .time = 1};
    snprintf(reason.text, sizeof reason.text, "%s: %s %.0f%% of the time, not %.0f%%", process,
             doing, mine * 100, first * 100);
    offer(reasons, &reason);
}

static void offer_threads(struct reasons *reasons, uint32_t mine, uint32_t first)
{
    if (mine == first)
        return;
    uint32_t larger = mine > first ? mine : first;
    struct reason reason = {.weight = 0.6 * fabs((double)mine - (double)first) / larger};
    if (mine == 0)
        snprintf(reason.text, sizeof reason.text, "no threads of the design's own, not %u", first);
    else if (first == 0)
        snprintf(reason.text, sizeof reason.text, "%u threads of the design's own, not none", mine);
    else
        snprintf(reason.text, sizeof reason.text, "%u threads of the design's own, not %u", mine,
                 first);
    offer(reasons, &reason);
}

static void offer_times(struct reasons *reasons, const struct sim_design_result *mine,
                        const struct sim_design_result *first)
{
    for (uint32_t i = 0; i < mine->process_count; i++)
        for (uint32_t j = 0; j < first->process_count; j++) {
            const struct sim_process_result *a = &mine->processes[i], *b = &first->processes[j];
            if (strcmp(a->name, b->name) != 0)
                continue;
            offer_share(reasons, a->name, "busy", a->busy, b->busy);
            offer_share(reasons, a->name, "blocked in a call", a->blocked, b->blocked);
            offer_share(reasons, a->name, "waiting", a->waiting, b->waiting);
        }
}

/* Where time was billed: what a request spent more of it on, or less. */
static void offer_parts(struct reasons *reasons, const struct sim_bill_result *mine,
                        const struct sim_bill_result *first)
{
    double longer = fmax(mine->response_ns, first->response_ns);
    for (uint32_t i = 0; i < mine->part_count; i++)
        for (uint32_t j = 0; j < first->part_count; j++) {
            const struct sim_part_result *a = &mine->parts[i], *b = &first->parts[j];
            double difference = a->ns - b->ns;
            if (strcmp(a->name, b->name) != 0 || !(fabs(difference) > PART_LEAST * longer))
                continue;
            struct reason reason = {.weight = fabs(difference) / longer, .time = 1};
            char name[64], more[32], is[32], was[32];
            if ((difference > 0) == (reasons->slower > 0))
                reason.weight *= 2;
            snprintf(name, sizeof name, "%s", a->name);
            for (char *at = name; *at != 0; at++)
                if (*at == '_')
                    *at = ' ';
            snprintf(reason.text, sizeof reason.text, "%s ns %s of %.40s per request: %s, not %s",
                     figure(fabs(difference), more), difference > 0 ? "more" : "less", name,
                     figure(a->ns, is), figure(b->ns, was));
            offer(reasons, &reason);
        }
}

void sim_why(struct sim_result *result, uint32_t index)
{
    const struct sim_design_result *first = &result->designs[0];
    struct sim_design_result *mine = &result->designs[index];
    struct reasons reasons = {.slower = mine->ratio.median < 1 ? 1 : -1};
    mine->why_count = 0;
    if (mine->same || isnan(mine->ratio.median))
        return;

    offer_switches(&reasons, &mine->per_op, &first->per_op);
    offer_count(&reasons, "system calls", 0.8, 0.02, mine->per_op.system_calls,
                first->per_op.system_calls);
    offer_count(&reasons, "copied bytes", 0.5, 8, mine->per_op.copied_bytes,
                first->per_op.copied_bytes);
    offer_threads(&reasons, mine->workers, first->workers);
    offer_times(&reasons, mine, first);
    offer_parts(&reasons, &mine->attribution.mean, &first->attribution.mean);

    for (int i = 0; i < SIM_WHY_LINES && reasons.best[i].weight > 0; i++)
        mine->why[mine->why_count++] = sim_result_copy(result, reasons.best[i].text);
    if (mine->why_count == 0)
        mine->why[mine->why_count++] =
            "no counter differs: the same calls, switches, wakes and copies per operation";
}

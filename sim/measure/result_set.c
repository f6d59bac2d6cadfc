#include "sim/measure/result_set.h"

#include <string.h>

void sim_result_set_init(struct sim_result_set *set)
{
    memset(set, 0, sizeof *set);
    set->name = "";
}

void sim_result_set_fini(struct sim_result_set *set)
{
    for (uint32_t i = 0; i < set->count; i++) {
        sim_result_destroy(set->results[i]);
        sim_result_destroy(set->before[i]);
    }
    sim_result_set_init(set);
}

void sim_result_set_add(struct sim_result_set *set, const char *value, struct sim_result *result,
                        struct sim_result *before)
{
    set->values[set->count] = sim_result_copy(result, value);
    set->results[set->count] = result;
    set->before[set->count] = before;
    set->count++;
}

static int begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* The lock that was waited for longest, or that cost most to move. */
static const struct sim_lock_result *worst_lock(const struct sim_attribution_result *from,
                                                int waits)
{
    const struct sim_lock_result *worst = NULL;
    for (uint32_t i = 0; i < from->lock_count; i++) {
        const struct sim_lock_result *lock = &from->locks[i];
        double mine = waits ? lock->wait_ns : lock->move_ns;
        if (mine > 0 && (worst == NULL || mine > (waits ? worst->wait_ns : worst->move_ns)))
            worst = lock;
    }
    return worst;
}

/* What is waited for, or done by others than the kernel and the processor. */
static int is_load(const char *name)
{
    return strcmp(name, "queueing") == 0 || strcmp(name, "service") == 0 ||
           strcmp(name, "device") == 0;
}

static struct sim_dominant dominant(const struct sim_design_result *design, int costs_only)
{
    const struct sim_bill_result *mean = &design->attribution.mean;
    struct sim_dominant dominant = {NULL, NULL, NAN};
    double most = 0;
    for (uint32_t i = 0; i < mean->part_count; i++) {
        const struct sim_part_result *part = &mean->parts[i];
        if (part->ns > most && !(costs_only && is_load(part->name))) {
            most = part->ns;
            dominant.name = part->name;
        }
    }
    if (dominant.name == NULL)
        return dominant;
    dominant.share = most / mean->response_ns;
    if (strcmp(dominant.name, "lock_wait") == 0)
        dominant.lock = worst_lock(&design->attribution, 1);
    else if (begins(dominant.name, "line_") && strcmp(dominant.name, "line_local") != 0)
        dominant.lock = worst_lock(&design->attribution, 0);
    return dominant;
}

struct sim_dominant sim_result_dominant(const struct sim_design_result *design)
{
    return dominant(design, 0);
}

struct sim_dominant sim_result_dominant_cost(const struct sim_design_result *design)
{
    return dominant(design, 1);
}

static const struct sim_design_result *find(const struct sim_result *result, const char *name)
{
    for (uint32_t i = 0; i < result->design_count; i++)
        if (strcmp(result->designs[i].design, name) == 0)
            return &result->designs[i];
    return NULL;
}

double sim_result_speed_up(const struct sim_result_set *set, uint32_t index, uint32_t design)
{
    const struct sim_design_result *mine = &set->results[index]->designs[design];
    const struct sim_design_result *first = find(set->results[0], mine->design);
    if (first == NULL || !(first->ops_per_s.median > 0))
        return NAN;
    return mine->ops_per_s.median / first->ops_per_s.median;
}

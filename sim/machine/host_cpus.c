#define _GNU_SOURCE
#include "sim/machine/host_cpus.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <slipway/kernel.h>
#include "sim/machine/topology.h"

#define RUN_LEAST 3U /* CPUs in a row that are written as a range */

/* ---- writing ------------------------------------------------------------------------------- */

static uint32_t run_length(const int *cpus, uint32_t count)
{
    uint32_t length = 1;
    while (length < count && cpus[length] == cpus[length - 1] + 1)
        length++;
    return length >= RUN_LEAST ? length : 1;
}

void sim_host_cpus_write(const int *cpus, uint32_t count, char *text, size_t text_bytes)
{
    size_t used = 0;
    text[0] = 0;
    for (uint32_t i = 0, length; i < count; i += length) {
        char item[64];
        length = run_length(cpus + i, count - i);
        const char *between = i > 0 ? ", " : "";
        if (length > 1)
            snprintf(item, sizeof item, "%s%d-%d", between, cpus[i], cpus[i + length - 1]);
        else
            snprintf(item, sizeof item, "%s%d", between, cpus[i]);
        if (used + strlen(item) + sizeof ", ..." > text_bytes) {
            snprintf(text + used, text_bytes - used, ", ...");
            return;
        }
        used += (size_t)snprintf(text + used, text_bytes - used, "%s", item);
    }
}

/* ---- reading ------------------------------------------------------------------------------- */

struct reader {
    const char *list;
    int *cpus; /* room for K_CPUS_MAX */
    uint32_t count;
    const int *allowed;
    uint32_t allowed_count;
    char *error;
    size_t error_bytes;
};

static int by_number(const void *one, const void *other)
{
    return *(const int *)one - *(const int *)other;
}

/* "what", and what is accepted. -1. */
static int refuse(const struct reader *reader, const char *what)
{
    char accepted[512];
    int *sorted = malloc(reader->allowed_count * sizeof *sorted);
    if (sorted != NULL) {
        memcpy(sorted, reader->allowed, reader->allowed_count * sizeof *sorted);
        qsort(sorted, reader->allowed_count, sizeof *sorted, by_number);
    }
    sim_host_cpus_write(sorted != NULL ? sorted : reader->allowed, reader->allowed_count, accepted,
                        sizeof accepted);
    free(sorted);
    snprintf(
        reader->error, reader->error_bytes,
        "host CPUs '%.100s': %s; accepted: numbers and ranges separated by commas, as 0,2,4-7, "
        "of the CPUs that this program may use: %s",
        reader->list, what, accepted);
    return -1;
}

/* What the host says of a CPU that is not allowed. Where it has no /sys, only how many there are. */
static const char *why_not(unsigned long cpu)
{
    char path[96];
    if (access("/sys/devices/system/cpu", F_OK) != 0)
        return cpu < (unsigned long)sysconf(_SC_NPROCESSORS_CONF)
                   ? "is not among those that this program may use"
                   : "is absent";
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%lu", cpu);
    if (access(path, F_OK) != 0)
        return "is absent";
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%lu/online", cpu);
    FILE *file = fopen(path, "r");
    int online = file == NULL ? '1' : fgetc(file);
    if (file != NULL)
        fclose(file);
    return online == '0' ? "is offline" : "is not among those that this program may use";
}

static int has(const int *cpus, uint32_t count, unsigned long cpu)
{
    for (uint32_t i = 0; i < count; i++)
        if ((unsigned long)cpus[i] == cpu)
            return 1;
    return 0;
}

static int add(struct reader *reader, unsigned long cpu)
{
    char what[96];
    if (has(reader->cpus, reader->count, cpu))
        snprintf(what, sizeof what, "CPU %lu is named twice", cpu);
    else if (!has(reader->allowed, reader->allowed_count, cpu))
        snprintf(what, sizeof what, "CPU %lu %s", cpu, why_not(cpu));
    else if (reader->count == K_CPUS_MAX)
        snprintf(what, sizeof what, "more than %d CPUs", K_CPUS_MAX);
    else {
        reader->cpus[reader->count++] = (int)cpu;
        return 0;
    }
    return refuse(reader, what);
}

/* A number; what is behind it, or NULL. */
static const char *read_number(const char *text, unsigned long *number)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return NULL;
    *number = strtoul(text, &end, 10); /* the greatest there is, if it is more than that */
    return end;
}

static int read_all(struct reader *reader)
{
    for (const char *at = reader->list;; at++) {
        at += strspn(at, " ");
        unsigned long first = 0, last;
        at = read_number(at, &first);
        last = first;
        if (at != NULL && *at == '-')
            at = read_number(at + 1, &last);
        if (at == NULL || (*at != 0 && *at != ','))
            return refuse(reader, "it is not a list of CPUs");
        if (last < first)
            return refuse(reader, "a range ends before it begins");
        for (unsigned long cpu = first; cpu <= last; cpu++)
            if (add(reader, cpu) != 0)
                return -1;
        if (*at == 0)
            return 0;
    }
}

int *sim_host_cpus_read(const char *list, uint32_t *count, char *error, size_t error_bytes)
{
    int *allowed = sim_topology_cpus(count);
    int *cpus = list == NULL ? NULL : malloc(K_CPUS_MAX * sizeof *cpus);
    if (allowed == NULL || (list != NULL && cpus == NULL)) {
        snprintf(error, error_bytes, "the host has no memory");
        free(allowed);
        free(cpus);
        return NULL;
    }
    if (list == NULL)
        return allowed;
    struct reader reader = {.list = list,
                            .cpus = cpus,
                            .allowed = allowed,
                            .allowed_count = *count,
                            .error = error,
                            .error_bytes = error_bytes};
    int status = read_all(&reader);
    free(allowed);
    *count = reader.count;
    if (status == 0)
        return cpus;
    free(cpus);
    return NULL;
}

/* ---- permission ---------------------------------------------------------------------------- */

const char sim_host_cpus_unpinned[] = "the host does not let this program choose CPUs for its "
                                      "threads: they move, and times vary more";

/* What is there already may be set again, if anything may. */
int sim_host_cpus_may_pin(void)
{
    for (int room = 1024; room <= 1 << 20; room *= 4) {
        size_t bytes = CPU_ALLOC_SIZE(room);
        cpu_set_t *set = CPU_ALLOC(room);
        if (set == NULL)
            return 1;
        int known = sched_getaffinity(0, bytes, set) == 0;
        int failed = known && sched_setaffinity(0, bytes, set) != 0;
        CPU_FREE(set);
        if (known)
            return !failed;
    }
    return 1;
}

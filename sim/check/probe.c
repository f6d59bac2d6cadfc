#include "sim/check/probe.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "sim/check/probes.h"

static const struct {
    const char *name;
    void (*run)(const struct sim_design *design, struct sim_verdict *verdict);
} probes[] = {
    {"forge", sim_probe_forge},
    {"overload", sim_probe_overload},
    {"cancel", sim_probe_cancel},
    {"two_servers", sim_probe_two_servers},
    {"late_access", sim_probe_late_access},
    {"death", sim_probe_death},
    {"priority", sim_probe_priority},
};

void sim_verdict_set(struct sim_verdict *verdict, int ok, const char *word, const char *detail, ...)
{
    va_list arguments;
    verdict->ok = ok;
    snprintf(verdict->verdict, sizeof(verdict->verdict), "%s", word);
    va_start(arguments, detail);
    vsnprintf(verdict->detail, sizeof(verdict->detail), detail, arguments);
    va_end(arguments);
}

uint32_t sim_probe_all(const struct sim_design *design, struct sim_verdict *verdicts, uint32_t max)
{
    uint32_t count = 0;
    for (; count < sizeof(probes) / sizeof(probes[0]) && count < max; count++) {
        memset(&verdicts[count], 0, sizeof(verdicts[count]));
        verdicts[count].name = probes[count].name;
        probes[count].run(design, &verdicts[count]);
    }
    return count;
}

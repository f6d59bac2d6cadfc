/* The probes, one a file. Each plays its scenes and fills a verdict; probe.c has the table. */
#ifndef SIM_CHECK_PROBES_H
#define SIM_CHECK_PROBES_H

#include "sim/check/probe.h"

void sim_probe_forge(const struct sim_design *design, struct sim_verdict *verdict);
void sim_probe_overload(const struct sim_design *design, struct sim_verdict *verdict);
void sim_probe_cancel(const struct sim_design *design, struct sim_verdict *verdict);
void sim_probe_two_servers(const struct sim_design *design, struct sim_verdict *verdict);
void sim_probe_late_access(const struct sim_design *design, struct sim_verdict *verdict);
void sim_probe_death(const struct sim_design *design, struct sim_verdict *verdict);
void sim_probe_priority(const struct sim_design *design, struct sim_verdict *verdict);

/* Fills a verdict; the texts are cut to what fits. */
void sim_verdict_set(struct sim_verdict *verdict, int ok, const char *word, const char *detail, ...)
    __attribute__((format(printf, 4, 5)));

#endif

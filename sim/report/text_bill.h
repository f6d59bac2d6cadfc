/* Where the time of requests goes, as tables: what text.c prints of one result and text_set.c of
 * several. */
#ifndef SIM_REPORT_TEXT_BILL_H
#define SIM_REPORT_TEXT_BILL_H

#include "sim/measure/result.h"
#include "sim/report/paper.h"
#include "sim/report/text.h"

/* What the requests at p50 and p99 spent their time on, and the locks that they met. Nothing where
 * time was not billed. */
void sim_text_attribution(const struct sim_paper *paper, const struct sim_result *result,
                          enum sim_text_detail detail);

/* Hash and number of events of each design of each result; `name` is what differs between results,
 * "" of a single one. Nothing where there was no event stream. How many rows. */
uint32_t sim_text_traces(const struct sim_paper *paper, const char *name, const char *const *values,
                         const struct sim_result *const *results, uint32_t count);

/* What a run that was checked for determinism found, if it found no difference. */
void sim_text_determinism(const struct sim_paper *paper, const struct sim_result *result);

/* The name of a part of a bill for people: "lock_wait" is "lock wait". */
#define SIM_TEXT_PART_BYTES 64
char *sim_text_part(const char *name, char out[SIM_TEXT_PART_BYTES]);

#endif

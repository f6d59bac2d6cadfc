/* Where time went, in documents: "attribution" of a design, and what dominates it. */
#ifndef SIM_REPORT_JSON_BILL_H
#define SIM_REPORT_JSON_BILL_H

#include <jansson.h>
#include "sim/measure/result.h"

/* An object, or null for a design that was not billed. */
json_t *sim_json_attribution_write(const struct sim_attribution_result *attribution);

/* Reads one; null and NULL are an empty one. 0; or -1 and what was expected where. */
int sim_json_attribution_read(const json_t *object, struct sim_result *result,
                              struct sim_attribution_result *attribution, char *error,
                              size_t error_bytes);

#endif

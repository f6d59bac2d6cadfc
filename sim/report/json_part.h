/* What documents of one result and of several share. */
#ifndef SIM_REPORT_JSON_PART_H
#define SIM_REPORT_JSON_PART_H

#include <jansson.h>
#include "sim/measure/result.h"

/* The document of a result, and of the one that it repeats, if any. */
json_t *sim_json_document(const struct sim_result *result, const struct sim_result *before);

/* Its text, the caller's to free; the object is dropped. NULL without memory. */
char *sim_json_print(json_t *object);

/* A document's text, parsed. NULL and a message. */
json_t *sim_json_parse(const char *text, size_t bytes, char *error, size_t error_bytes);

/* As sim_json_read. */
struct sim_result *sim_json_read_object(const json_t *document, struct sim_result **before,
                                        char *error, size_t error_bytes);

#endif

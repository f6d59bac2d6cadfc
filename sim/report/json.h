/* Results as documents of schema slipway.result/1, and back.
 *
 * The names of a document are stable; new ones may be added to it. What is not known is null, so a
 * document never holds NaN. A reader takes documents that lack names which came later, and refuses
 * those in which a value is of the wrong type.
 */
#ifndef SIM_REPORT_JSON_H
#define SIM_REPORT_JSON_H

#include "sim/measure/result_set.h"

/* The document of a result. `before` is the result that this one repeats, or NULL; it goes into the
 * document too. The text is the caller's to free; NULL without memory. */
char *sim_json_write(const struct sim_result *result, const struct sim_result *before);

/* What the expect function of a scenario sees of one design: the names of a design and of the
 * document's head in one object, with its processes under "process" too. Freed by the caller; NULL
 * without memory. */
char *sim_json_expect(const struct sim_result *result, uint32_t design);

/* Reads a document. NULL and a message that names the place if it is none. `before`, if not NULL,
 * gets the result that it repeats, or NULL. */
struct sim_result *sim_json_read(const char *text, size_t bytes, struct sim_result **before,
                                 char *error, size_t error_bytes);

/* The same for several results, or one: documents of either kind. */
char *sim_json_write_set(const struct sim_result_set *set);

/* 0; or -1, an empty set and a message. The set's name is in the store of its first result. */
int sim_json_read_set(const char *text, size_t bytes, struct sim_result_set *set, char *error,
                      size_t error_bytes);

#endif

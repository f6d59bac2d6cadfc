/* The parts of a result that are plain figures and texts, as tables of name, type and place: the
 * writer and the reader of documents walk the same tables, so that no name can differ between them.
 */
#ifndef SIM_REPORT_DOCUMENT_H
#define SIM_REPORT_DOCUMENT_H

#include <stddef.h>
#include <jansson.h>
#include "sim/measure/result.h"

enum sim_document_type {
    SIM_DOCUMENT_TEXT,   /* const char * */
    SIM_DOCUMENT_U32,    /* uint32_t */
    SIM_DOCUMENT_U64,    /* uint64_t, slip_time_t */
    SIM_DOCUMENT_FLAG,   /* int, true or false in a document */
    SIM_DOCUMENT_FIGURE, /* double, null for NaN */
    SIM_DOCUMENT_END
};

struct sim_document_field {
    const char *name;
    enum sim_document_type type;
    size_t offset; /* in the structure */
};

/* Each ends with SIM_DOCUMENT_END. Those of parts begin where the part begins. */
extern const struct sim_document_field
    sim_document_scenario[]; /* of struct sim_result, as the next four */
extern const struct sim_document_field sim_document_machine[];
extern const struct sim_document_field sim_document_host[];
extern const struct sim_document_field sim_document_head[]; /* on the top level of the document */
extern const struct sim_document_field sim_document_handover[]; /* of struct sim_handover_result */
extern const struct sim_document_field sim_document_costs[];    /* of struct sim_costs_result */
extern const struct sim_document_field
    sim_document_determinism[];                               /* of struct sim_determinism_result */
extern const struct sim_document_field sim_document_lock[];   /* of struct sim_lock_result */
extern const struct sim_document_field sim_document_load[];   /* of struct sim_load_result */
extern const struct sim_document_field sim_document_method[]; /* of struct sim_method_result */
extern const struct sim_document_field sim_document_estimate[]; /* of struct sim_estimate */
extern const struct sim_document_field sim_document_response[]; /* of struct sim_response_result */
extern const struct sim_document_field sim_document_memory[];   /* of struct sim_memory_result */
extern const struct sim_document_field sim_document_process[];  /* of struct sim_process_result */
extern const struct sim_document_field sim_document_design[];   /* of struct sim_design_result */

/* A text as a JSON string; bytes that are no UTF-8 become U+FFFD. */
json_t *sim_document_text(const char *text);

/* Writes the fields of a structure into an object. */
void sim_document_write(json_t *object, const void *structure,
                        const struct sim_document_field *fields);

/* Reads them; those that are not there stay as they are. NULL, or the name of the one that is of
 * the wrong type, with what was expected in *expected. */
const char *sim_document_read(const json_t *object, struct sim_result *result, void *structure,
                              const struct sim_document_field *fields, const char **expected);

/* The per-operation counters, whose table belongs to the result. */
json_t *sim_document_per_op_write(const struct sim_per_op *per_op);
const char *sim_document_per_op_read(const json_t *object, struct sim_per_op *per_op,
                                     const char **expected);

#endif

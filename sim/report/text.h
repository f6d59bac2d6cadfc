/* Results as tables for people, within 80 columns. Everything is printed from the result alone, so
 * a document that was written to a file looks as it did when it was made.
 */
#ifndef SIM_REPORT_TEXT_H
#define SIM_REPORT_TEXT_H

#include "sim/measure/result.h"
#include "sim/report/paper.h"

enum sim_text_detail {
    SIM_TEXT_QUIET,  /* the table of designs and what failed */
    SIM_TEXT_NORMAL, /* with head, reasons, checks, probes */
    SIM_TEXT_VERBOSE /* with every process, all percentiles, and slices */
};

/* All of a result but its warnings. */
void sim_text_result(const struct sim_paper *paper, const struct sim_result *result,
                     enum sim_text_detail detail);

/* Its tables alone, without head and failures. */
void sim_text_tables(const struct sim_paper *paper, const struct sim_result *result,
                     enum sim_text_detail detail);

/* Each figure of each design, as it was and as it is. */
void sim_text_beside(const struct sim_paper *paper, const struct sim_result *before,
                     const struct sim_result *now);

/* The head alone: scenario, load, machine, method. */
void sim_text_head(const struct sim_paper *paper, const struct sim_result *result,
                   enum sim_text_detail detail);

/* What is said of a result whose run somebody ended. */
extern const char sim_text_interrupted[];

/* One line for each warning, meant for stderr. */
void sim_text_warnings(const struct sim_paper *paper, const struct sim_result *result);

/* Why designs failed, one line each; how many lines. */
uint32_t sim_text_failures(const struct sim_paper *paper, const struct sim_result *result);

/* Good, bad or neither, for the colour of a probe's verdict. */
enum sim_ink sim_text_verdict_ink(const char *verdict);

#endif

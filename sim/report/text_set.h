/* A set of results as tables: one for all values; a set of one result prints as that result. */
#ifndef SIM_REPORT_TEXT_SET_H
#define SIM_REPORT_TEXT_SET_H

#include "sim/measure/result_set.h"
#include "sim/report/text.h"

/* All of a set but its warnings: the table, what was repeated beside what it repeats. */
void sim_text_set(const struct sim_paper *paper, const struct sim_result_set *set,
                  enum sim_text_detail detail);

/* As sim_text_warnings and sim_text_failures, with the value that each is about. */
void sim_text_set_warnings(const struct sim_paper *paper, const struct sim_result_set *set);
uint32_t sim_text_set_failures(const struct sim_paper *paper, const struct sim_result_set *set);

#endif

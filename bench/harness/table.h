/* What was measured, for people: at most 80 columns. */
#ifndef BENCH_HARNESS_TABLE_H
#define BENCH_HARNESS_TABLE_H

#include "bench/harness/run.h"

void bench_table_print(const struct bench_run *run);

#endif

/* What was measured, for programs: one JSON document. */
#ifndef BENCH_HARNESS_DOCUMENT_H
#define BENCH_HARNESS_DOCUMENT_H

#include <stdio.h>
#include "bench/harness/run.h"

/* 0, or -1 if it could not be written. */
int bench_document_write(const struct bench_run *run, FILE *file);

#endif

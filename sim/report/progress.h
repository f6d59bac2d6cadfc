/* Tells a person who waits how far a run is: a bar with the time elapsed and remaining on a
 * terminal, plain lines now and then elsewhere. It writes to stderr only, and nothing of a bar is
 * left when it has ended.
 */
#ifndef SIM_REPORT_PROGRESS_H
#define SIM_REPORT_PROGRESS_H

#include "sim/report/paper.h"

struct sim_progress {
    struct sim_paper paper;
    int silent;
    int drawn;        /* 1: a bar is on the line */
    double started_s; /* on the host's clock */
    double told_s;    /* when the last line or bar was written */
    char about[64];
};

/* `silent` prints nothing at all. `about` is what runs, a few words. */
void sim_progress_begin(struct sim_progress *progress, enum sim_color color, int silent,
                        const char *about);
/* `done` of 0 to 1; `part` is what is being done now. May be called as often as one likes. */
void sim_progress_update(struct sim_progress *progress, double done, const char *part);
void sim_progress_end(struct sim_progress *progress);

#endif

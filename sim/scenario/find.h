/* The folders in which scenarios are found by name, and the cost files beside them. */
#ifndef SIM_SCENARIO_FIND_H
#define SIM_SCENARIO_FIND_H

#include <limits.h>

/* Two of them: 0 is installed, 1 is the tree. An empty path if there is none. */
void sim_find_folder(int which, char path[PATH_MAX]);

#endif

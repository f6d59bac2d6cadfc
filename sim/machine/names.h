/* Names that people gave to objects of the kernel, by their numbers: for reports. */
#ifndef SIM_MACHINE_NAMES_H
#define SIM_MACHINE_NAMES_H

#include <stdint.h>

#define SIM_NAME_BYTES 48U

struct sim_name {
    uint64_t number;
    char text[SIM_NAME_BYTES];
};

struct sim_names {
    struct sim_name *name; /* owns; in order of number */
    uint32_t count, room;
};

/* Numbers come in ascending order; a name that does not is not kept. */
void sim_name_add(struct sim_names *names, uint64_t number, const char *text);
/* NULL if nobody gave one. */
const char *sim_name_find(const struct sim_names *names, uint64_t number);
void sim_names_fini(struct sim_names *names);

#endif

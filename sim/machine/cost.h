/* What things cost on a modelled processor: a cost file, read.
 *
 * A file gives every cost below a value with a unit, an uncertainty, and where the number comes
 * from; and the processor's clock, topology, and how many message words travel in registers. Each
 * value is rounded to picoseconds once, here; nothing behind this reads a floating-point number.
 *
 *   sim_costs_load -> read its fields -> sim_costs_free
 */
#ifndef SIM_MACHINE_COST_H
#define SIM_MACHINE_COST_H

#include <stddef.h>
#include <stdint.h>
#include <slipway/machine.h>

/* X(name, text): costs that the machine itself knows of, beside those that the kernel charges
 * (SLIP_COST_MAP). Moving a line or a lock is charged to the CPU that gets it. */
#define SIM_COST_MAP(X)                                                                            \
    X(line_local, "a shared line, or a lock, that this CPU had last")                              \
    X(line_sibling, "one that another thread of the same core had last")                           \
    X(line_cluster, "one that another core of the same cluster had last")                          \
    X(line_socket, "one that another cluster of the same socket had last")                         \
    X(line_remote, "one that another socket had last")                                             \
    X(ipi_near, "interrupt on its way to a CPU of the same socket")                                \
    X(ipi_far, "interrupt on its way to a CPU of another socket")                                  \
    X(isolation, "page-table isolation: added to a kernel entry and its exit, half to each")

enum sim_cost_name {
#define SIM_COST_ENUM(name, text) SIM_COST_##name,
    SIM_COST_MAP(SIM_COST_ENUM)
#undef SIM_COST_ENUM
        SIM_COST_COUNT
};

struct sim_cost {
    uint64_t ps;          /* picoseconds; of one unit of amount */
    uint32_t uncertainty; /* percent of the value, either way */
    const char *value;    /* as it stands in the file: "135 cycles", "2 us", "free" */
    const char *source;   /* where the number comes from */
};

/* Sockets of clusters of cores of hardware threads; each at least 1. */
struct sim_shape {
    uint32_t sockets, clusters, cores, threads;
};

struct sim_costs {
    const char *name;  /* "skylake-64": of a preset; else the file's path */
    const char *about; /* one line */
    const char *hash;  /* of the file's text, 16 hex digits */
    const char *text;  /* the whole file */
    uint64_t clock_hz;
    struct sim_shape shape;
    uint32_t words_free; /* message words that cost nothing to carry */
    struct sim_cost kernel[SLIP_COST_COUNT];
    struct sim_cost machine[SIM_COST_COUNT];
};

#define SIM_COSTS_DEFAULT "skylake-64"

/* A preset by its name (in the tree or where installed: costs/NAME.cost beside the scenarios), or a
 * file by its path. NULL and a message on failure: file:line, what was wrong, what is accepted, the
 * nearest spelling. */
struct sim_costs *sim_costs_load(const char *name_or_path, char *error, size_t error_bytes);
/* The same from a text, for a result that holds one; `name` is for messages. */
struct sim_costs *sim_costs_parse(const char *name, const char *text, char *error,
                                  size_t error_bytes);
void sim_costs_free(struct sim_costs *costs);

/* Names of the presets that can be found, the n-th from 0; NULL past the last. */
const char *sim_costs_name(uint32_t index);

#endif

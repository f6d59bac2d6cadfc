/* A scenario, resolved: what runs, who connects to whom, with which parameters. The script layer
 * makes it from a Lua file; the runner, the roles and the reports only read it. Constant while a
 * run lives. */
#ifndef SIM_SCENARIO_PLAN_H
#define SIM_SCENARIO_PLAN_H

#include <stddef.h>
#include <stdint.h>
#include <slipway/types.h>

struct sim_script; /* the loaded Lua file; sim/scenario/script.h */

enum sim_parameter_kind { SIM_PARAMETER_NUMBER, SIM_PARAMETER_CHOICE, SIM_PARAMETER_PATH };

struct sim_parameter {
    const char *name, *help;
    enum sim_parameter_kind kind;
    int64_t number, low, high;  /* NUMBER */
    const char *text;           /* CHOICE, PATH: the value */
    const char *const *choices; /* CHOICE: all of them, NULL ends */
    int given;                  /* 1: set by the user, 0: the default */
    const char *shown;          /* the value as a user would write it: "64KiB" */
};

/* A number that is drawn anew each time it is used: a time, a size, a word. sim/role/draw.h draws
 * it. All zero is the constant 0. */
enum sim_value_kind {
    SIM_VALUE_UNIFORM,     /* low to high, both included; a constant where they are equal */
    SIM_VALUE_EXPONENTIAL, /* of this mean; low is 0, high says nothing */
    SIM_VALUE_TWO_POINT,   /* low in so many cases, else high; either may be the greater one */
    SIM_VALUE_LIST         /* one after the other, from the start again at the end */
};
struct sim_value {
    enum sim_value_kind kind;
    int64_t low, high;
    uint64_t mean;       /* EXPONENTIAL: in parts of 2^16 of one */
    uint64_t share;      /* TWO_POINT: of low, in parts of 2^32 of all */
    const int64_t *list; /* LIST */
    uint32_t count;
};

/* An endpoint "files", or one of "files[1]" .. when its server has a count above 1. */
struct sim_plan_endpoint {
    const char *name;
    uint32_t index;   /* among those of that name, from 1 */
    uint32_t process; /* index in plan.processes of who serves it */
    uint32_t depth;   /* queue of the endpoint: sum of the depths of all links to it, at least 1 */
};

struct sim_plan_link {
    const char *name;      /* "files": links to all endpoints of that name */
    uint32_t first, count; /* indices in plan.endpoints */
    uint32_t depth;        /* operations outstanding, per link */
    uint32_t own;          /* 0: all instances of the client connect to these; else count is 1, and
                              instance i connects to one of so many, by turns (sim_plan_endpoint) */
};

/* Which CPU the instances and threads of a process get (sim_plan_cpu). */
enum sim_place {
    SIM_PLACE_ONE,   /* all of them the CPU `cpu`, or any */
    SIM_PLACE_PAIRS, /* instance i with all its threads the i-th, counted from `cpu` */
    SIM_PLACE_SPREAD /* each thread the next one, counted from `cpu` */
};

enum sim_op { SIM_OP_NONE, SIM_OP_READ, SIM_OP_WRITE, SIM_OP_ECHO, SIM_OP_SEND };

struct sim_plan_process {
    const char *name;
    const char *role; /* "client", ... or NULL for a body */
    int body;         /* number of its Lua body in the script, from 1; 0 for a role */
    uint32_t count;   /* instances, each a process of its own */
    uint32_t threads; /* in each */
    uint32_t priority;
    uint32_t cpu; /* or SLIP_CPU_ANY; ask sim_plan_cpu for one thread's */
    enum sim_place place;
    uint32_t cpus;   /* of the machine: places are dealt round them */
    uint32_t serves; /* first index in plan.endpoints (instance i serves serves + i - 1), or
                             UINT32_MAX */
    const struct sim_plan_link *links;
    uint32_t link_count;
    uint32_t device; /* index in plan.devices, or UINT32_MAX */
    int bounded;     /* 1: its end is awaited (a client, or waits = true) */
    uint64_t quota;  /* bytes, enough for its stacks, buffers and Lua states */

    /* Roles. */
    enum sim_op op;           /* client */
    uint64_t bytes;           /* client: per read, write or echo; the most if they vary */
    struct sim_value size;    /* client: of each echo */
    int sequential;           /* client: order of offsets, else random */
    int verify;               /* client: check what was read */
    struct sim_value send[4]; /* client: SIM_OP_SEND */
    uint32_t send_words;
    struct sim_value service; /* servers: compute for each request, ns */
    struct sim_value think;   /* client: compute between completion and next submit, ns */
    struct sim_value pause;   /* client: sleep there, ns */
    int open;                 /* client: 1: an open loop, with an operation each ... */
    struct sim_value gap;     /* ... so many ns, whatever became of those before */
};

struct sim_plan_device {
    const char *name;
    const char *kind;    /* "file", "host_file", "disk", "timer" */
    const char *path;    /* host file, or "" */
    uint64_t make_bytes; /* length of the file made for the run when path is "" */
    uint32_t cpu;        /* that gets its interrupts, or SLIP_CPU_ANY */

    /* Where time is simulated. */
    int tuned;                    /* 1: service is given */
    struct sim_value service;     /* ns for each operation */
    uint32_t channels;            /* 0: a default */
    int64_t bytes_per_s;          /* -1: a default; 0: moving takes no time */
    uint64_t poll_ns;             /* 0: it interrupts; else its driver looks each so often */
    uint64_t period_ns, first_ns; /* timer */
};

struct sim_plan {
    const char *name; /* "file_read" */
    const char *path; /* where the script was found */
    const char *text; /* the whole file */
    const char *hash; /* of the text, 16 hex digits */
    const char *about;
    int raw;
    int has_expect;
    uint32_t cpus;
    const char
        *costs; /* what the scenario says for the machine model: a preset or a file; or NULL */
    const char
        *kernel; /* options of the kernel, as sim_kernel_options_parse takes them; "" or NULL:
                           all defaults */
    const struct sim_parameter *parameters;
    uint32_t parameter_count;
    const struct sim_plan_endpoint *endpoints;
    uint32_t endpoint_count;
    const struct sim_plan_process *processes;
    uint32_t process_count;
    const struct sim_plan_device *devices;
    uint32_t device_count;
    struct sim_script *script;
};

/* A setting from the command line: "clients" = "16", "file" = "/tmp/x", "bytes" = "64KiB". */
struct sim_setting {
    const char *name, *value;
};

/* Loads a scenario by name (in the tree or where installed) or by path, with settings. NULL and a
 * message on failure: file:line, what was wrong, what is accepted, the nearest spelling. */
struct sim_plan *sim_plan_load(const char *name_or_path, const struct sim_setting *settings,
                               uint32_t count, char *error, size_t error_bytes);
void sim_plan_free(struct sim_plan *plan);

/* The CPU of one thread: instance from 1, thread from 0; SLIP_CPU_ANY if it may run on any. */
uint32_t sim_plan_cpu(const struct sim_plan_process *process, uint32_t instance, uint32_t thread);

/* The endpoint, as an index in plan.endpoints, that the n-th (from 0) of the link's `count` links
 * leads to for an instance, from 1. */
uint32_t sim_plan_endpoint(const struct sim_plan_link *link, uint32_t instance, uint32_t n);

/* How the clients load the servers: "closed loop", "open loop", "open and closed loop"; "" if the
 * plan has no process of role client. */
const char *sim_plan_load_model(const struct sim_plan *plan);

/* Runs the scenario's expect function on a result given as JSON text of one design, merged with the
 * names in the documentation. 0 if all held or there is none; else 1 and a message with file and
 * line. */
int sim_plan_expect(const struct sim_plan *plan, const char *result_json, char *error,
                    size_t error_bytes);

/* Names of the scenarios that can be found, the n-th from 0; NULL past the last. `about` may be
 * NULL, else gets its one line. */
const char *sim_scenario_name(uint32_t index, const char **about);

#endif

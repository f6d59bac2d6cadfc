/* Roles: the processes of scenarios that are written in C, once, against the design interface.
 *
 * A role runs in each thread of its process. By then the runner has made the thread's party over
 * the chosen design, served its endpoint, opened its links and bound its device, so a role is only
 * its own loop. A client role ends by itself; a server role runs until it is killed.
 *
 * Roles use neither errno nor stdio nor libuv, and no thread-local address across a system call.
 *
 * What the runner does for roles, beside the wiring:
 *
 *   dataset   sim_dataset_create (dataset.h) for each device of kind "file", before any run, once
 *             for all designs and slices. sim_dataset_device tells which device a process is about;
 *             its dataset, and the dataset's file_name, go into the context of every client, and
 *             of servers as well, though they ask for neither.
 *   device    as device.h says; a file server's thread gets its own queue and interrupt.
 *   seed      sim_random_seed_thread of the seed of the run and who the thread is, so that no two
 *             threads draw alike, and one more thread or process changes nobody's draws.
 *   control   filled before the first client runs. All threads of all processes of role "client"
 *             share its operations: each does its exact part, the first ones one more where it
 *             does not come out even.
 *   recorder  one for each client thread, set up before it runs. A client calls sim_recorder_end
 *             exactly once, on every path, and returns soon after.
 *
 * Clients begin an activity (sim/activity.h) with each operation and end it when that is complete;
 * servers that answer later keep the activity with the request.
 *
 * A client that cannot go on (its memory is refused, a server is gone, the file does not open)
 * counts an error and ends; it never waits for what cannot come. Its recorder tells what the first
 * error was about. Operations that fail count as errors and not as measured ones. A server that
 * gets no memory for its tables ends its process with SIM_ROLE_EXIT_MEMORY.
 */
#ifndef SIM_ROLE_ROLE_H
#define SIM_ROLE_ROLE_H

#include <stdatomic.h>
#include <slipway/design.h>
#include "sim/device/device.h"
#include "sim/scenario/plan.h"

struct sim_recorder; /* sim/measure/recorder.h */
struct sim_dataset;  /* sim/role/dataset.h: the file's length and checksums of its blocks */

/* The load of one slice, shared by all clients. Written by the runner before they start. */
struct sim_control {
    uint64_t ops;           /* operations to measure over all clients; 0: by time */
    uint64_t warmup_ops;    /* by operations: not measured, over all clients */
    slip_time_t warmup_ns;  /* by time: from `released` on, not measured */
    slip_time_t measure_ns; /* by time: then this long */
    /* When the last client was let go, SLIP_NEVER before; relaxed: it is all that is told. The measured
     * time is one for all clients, so that their operations in it add up. */
    atomic_uint_least64_t released;
    atomic_int stop; /* 1: end soon (Ctrl-C); clients drain and leave */
    /* Open loops, written by the clients, relaxed: measured operations that began late because as many
     * as the depth allows were in flight when they were due; what the worst of them waited in its
     * client; and those that were due within the measured time and had not begun at its end. */
    atomic_uint_least64_t late, late_most_ns, late_never;
};

struct sim_role_context {
    const struct sim_plan *plan;
    const struct sim_plan_process *process;
    uint32_t instance;       /* of the process, from 1 */
    uint32_t thread;         /* in the process, from 0 */
    uint32_t number;         /* of this thread among all threads of the plan, from 0 */
    uint64_t seed;           /* of this thread's own random stream */
    struct sim_party *party; /* NULL in raw scenarios */
    struct sim_link **links; /* of all plan links, in the plan's order, flattened */
    uint32_t link_count;
    struct sim_device_queue *queue; /* NULL without a device */
    const struct sim_device_kind *device_kind;
    slip_handle_t interrupt; /* of the queue; acknowledge it after collect */
    slip_handle_t served;    /* raw scenarios, which have no party: the endpoint it serves */
    const slip_handle_t
        *endpoints;        /* raw: a handle per plan link and endpoint, flattened as links */
    const char *file_name; /* of the device's file, below its root; "" without */
    const struct sim_dataset *dataset;
    struct sim_control *control;
    struct sim_recorder *recorder; /* this thread's own; NULL for servers */
};

struct sim_role {
    const char *name;  /* "client" */
    const char *about; /* one line */
    int serves;        /* 1: must, 0: must not, 2: may */
    int connects;
    int device;
    int bounded; /* 1: ends by itself */
    void (*run)(struct sim_role_context *context);
};

#define SIM_ROLE_EXIT_MEMORY 4U /* exit code: the quota of the process is used up */

/* The role of that name, or NULL; the n-th from 0, or NULL. */
const struct sim_role *sim_role_find(const char *name);
const struct sim_role *sim_role_nth(uint32_t index);

/* Protocol of the file server: word[0] is the command, then as below.
 *
 * A file belongs to the server process that opened it: all of its threads know it, other servers
 * answer NOT_FOUND. Opening the same file in the same way again gives the same number, and wants as
 * many closes. Errors: BAD_OPERATION for a command that is none; BAD_ARGUMENT for missing words, an
 * offset that no file has, a length over that of the region; NOT_FOUND; REFUSED for a path that
 * leaves the device's root, what is no regular file, or a way of access that open did not ask for;
 * NO_QUOTA for limits of the host; IO_ERROR; FULL for a client that has more outstanding than the
 * depth of its link. */
enum sim_file_command {
    SIM_FILE_OPEN = 1, /* SIM_DEVICE_OPEN_x, length of the path; the region holds the path, without
                          a zero. Result: file */
    SIM_FILE_STAT,     /* file. Result: length in bytes */
    SIM_FILE_READ,     /* file, offset, length; the region takes the data. Result: bytes read */
    SIM_FILE_WRITE,    /* file, offset, length; the region holds the data. Result: bytes written */
    SIM_FILE_CLOSE     /* file */
};

/* Protocol of the echo server: word[0] SIM_ECHO, word[1] bytes. Up to 16 bytes travel in words 2
 * and 3; more are read from the region and written back to it: behind what was read where the
 * region has room for both, so that the client can see that they came back, else over it. Result:
 * word[1]. BAD_ARGUMENT if the region is shorter than word[1].
 *
 * Any other word[0] is answered OK, and is the result: words of every protocol can be sent to an
 * echo server, to measure what asking costs. */
#define SIM_ECHO 1U

/* A pipeline stage takes part in no protocol: it hands the words on as they are and answers with
 * the status and the result that come back. What a request lends is copied, as between machines: it
 * is read into memory of the stage's own where it may be read, lent onward with the same rights,
 * and written back, if it may be written, before the answer. The last stage, which connects to
 * nobody, answers as an echo server does. */

#endif

/* The inside of the client role, shared by its files: client.c is the loop, client_pace.c when the
 * next operation is due and whether it is measured, client_setup.c what comes before and after,
 * client_op.c what each operation says and how its answer is checked.
 *
 * Each link has as many slots as its depth; a slot is one operation outstanding, with memory of its
 * own in the link's buffer. The key of an operation is the number of its slot.
 *
 *   free -> (prepare, clock, submit) -> asked -> (completion, clock, check) -> free
 *                                          \-> a write that is verified: reading it back -> free
 *
 * Preparing and checking lie outside of the time that is measured.
 *
 * A closed loop starts an operation as soon as there is a free slot, after think and pause. In an open
 * loop the times at which operations are due are drawn one after the other whatever becomes of them;
 * one that is due while no slot is free, or while the client is kept in a submit that blocks, begins
 * late. Its response time counts from the time at which it was due.
 */
#ifndef SIM_ROLE_CLIENT_H
#define SIM_ROLE_CLIENT_H

#include "sim/measure/recorder.h"
#include "sim/role/dataset.h"
#include "sim/role/draw.h"
#include "sim/role/roles.h"

enum client_state { CLIENT_FREE, CLIENT_ASKED, CLIENT_READING_BACK };

struct client_slot {
    enum client_state state;
    int measured;
    int used; /* it has been asked before */
    uint32_t link;
    uint32_t next;         /* free slot of the link after this one; the count of all slots ends */
    slip_time_t submitted; /* open loop: when it was due */
    slip_time_t begun;
    uint64_t activity;
    uint64_t bytes;    /* of an echo */
    uint64_t place;    /* bytes from the start of the link's buffer */
    uint64_t offset;   /* in the file */
    uint64_t expected; /* result */
};

struct client_link {
    struct sim_link *link;
    slip_handle_t buffer; /* 0: no memory goes with its operations */
    char *memory;         /* of the buffer */
    uint64_t file;        /* number that the server gave */
    uint32_t free;        /* first free slot */
    int gone;             /* 1: nothing is to be had from there any more */
};

struct client {
    struct sim_role_context *context;
    const struct sim_plan_process *process;
    struct sim_recorder *recorder;
    const struct client_op *op;
    struct sim_random random;
    struct client_link *links;
    uint32_t links_count, links_gone, turn; /* link that is next to be asked */
    struct client_slot *slots;
    uint32_t slots_count, outstanding;
    uint64_t bytes;  /* of an operation, the most if they vary */
    uint64_t stride; /* bytes of memory per slot; 0: none */

    uint64_t blocks, block;              /* of the file; sequential: the next one */
    uint64_t length;                     /* of the file */
    const struct sim_dataset_sums *sums; /* NULL: reads are not verified */

    struct sim_draw send[4], size, think, pause, gap;

    /* The load. */
    uint64_t issued, warmup, share; /* operations: so far, not measured, in all (0: by time) */
    slip_time_t now;                /* last reading of the clock */
    int now_fresh;                  /* 1: nothing that takes time has been done since */
    int begun;                      /* 1: measuring */
    slip_time_t end;                /* by time: no submit from then on */
    /* An open loop's next operation. */
    uint64_t due_fine; /* part of a nanosecond beyond `due`, in parts of 2^16 */
    slip_time_t due;
    slip_time_t held; /* until then no more could begin */
};

/* What differs between read, write, echo and send. */
struct client_op {
    int files;      /* 1: the servers are file servers */
    int reads_back; /* 1: to verify it, the slot's range is read */
    uint64_t flags; /* SIM_DEVICE_OPEN_x */
    uint64_t (*stride)(const struct client *client);
    /* Fills operation's words, and the slot's memory. */
    void (*prepare)(struct client *client, struct client_slot *slot,
                    struct sim_operation *operation);
    /* After a completion with OK and the expected result; counts what it finds. */
    void (*check)(struct client *client, struct client_slot *slot);
};

const struct client_op *client_op_find(enum sim_op op);

/* ---- client_pace.c --------------------------------------------------------------------------- */

/* The clock, read anew if anything that takes time has been done. */
slip_time_t client_now(struct client *client);
/* The first operation of an open loop comes a gap after now. */
void client_pace_begin(struct client *client);
/* By time: when the measured time begins; SLIP_NEVER as long as clients are still being let go. */
slip_time_t client_window(const struct sim_control *control);
/* Is the load done, or is it to end? */
int client_done(struct client *client);
/* An open loop: is the next operation due? */
int client_due(struct client *client);
/* Closed loop: what a client does before it asks again. */
void client_think(struct client *client);
/* The operation in the slot is about to be submitted: notes when, and whether it is measured. */
void client_start(struct client *client, struct client_slot *slot);
/* It was submitted: an open loop draws the next one. */
void client_started(struct client *client, const struct client_slot *slot);
/* The last operation is over: counts those that never began. */
void client_pace_end(struct client *client);

/* ---- client_op.c, client_setup.c ------------------------------------------------------------- */

/* The lend of a slot's memory; `bytes` 0 lends nothing. */
void client_lend(const struct client *client, const struct client_slot *slot, uint64_t bytes,
                 uint64_t right, struct sim_operation *operation);
char *client_memory(const struct client *client, const struct client_slot *slot);

/* Counts an error, and notes what the first one was about: a literal. */
void client_failed(struct client *client, const char *what, uint32_t link, slip_status_t status);

/* Memory, links, files. 0; or 1 after client_failed. */
int client_setup(struct client *client, struct sim_role_context *context);
/* Closes files and gives memory back. */
void client_leave(struct client *client);

/* Asks for what was just written; on OK the slot stays taken until that comes. */
slip_status_t client_read_back(struct client *client, struct client_slot *slot);

#endif

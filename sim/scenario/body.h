/* A body while it runs: one Lua state in one simulated thread. What the files that bind Lua to the
 * simulator share.
 *
 * No address of a host thread's own memory may be kept across a system call here, and none of
 * errno, stdio and libuv is used: between two calls a simulated thread may move to another host
 * thread. A thread that is killed in a call never comes back; its state goes with the memory of
 * its process.
 *
 * How calls fail: what is the caller's own fault (a bad handle, a bad argument) raises an error
 * with file and line; everything else is an outcome, and the function returns nil and the status.
 */
#ifndef SIM_SCENARIO_BODY_H
#define SIM_SCENARIO_BODY_H

#include <lauxlib.h>
#include "sim/role/role.h"
#include "sim/scenario/sandbox.h"

#define SIM_BODY_BATCH 16U

struct sim_body {
    struct sim_sandbox box;
    struct sim_role_context *context;
    struct sim_event events[SIM_BODY_BATCH]; /* taken and not yet handed to the body */
    uint32_t event_at, event_count;
    struct sim_device_answer answers[SIM_BODY_BATCH];
    uint32_t answer_at, answer_count;
    int collecting; /* the device may have more answers, and waits for its acknowledgement */
    int stopped;    /* the state was ended because the run is to stop */
    int measured;   /* its operations are what the run measures */
    int billed;     /* it has worked for an activity (sim/activity.h) */
    uint64_t key;   /* of the last operation that was given none */
    uint64_t ticks; /* thousands of instructions */
    int timeless;   /* 1: they take no simulated time */
    uint64_t quiet; /* the same since the last call */
};

/* Where a function of a body may be called. */
enum sim_use { SIM_USE_BODY, SIM_USE_LINK, SIM_USE_RAW };

/* The body of this state; raises an error where `name` makes no sense. */
struct sim_body *sim_body_of(lua_State *L, const char *name, enum sim_use use);

/* ---- arguments ------------------------------------------------------------------------------ */

/* An absolute time; nothing, or math.huge, is SLIP_NEVER, and what is before 0 polls. */
slip_time_t sim_argument_time(lua_State *L, int index);

/* The option `name` of the table at `index`, pushed; its type, LUA_TNIL without a table. */
int sim_argument_option(lua_State *L, int index, const char *name);

/* Every key of the table at `index` is one of the names, which NULL ends; nil has none. */
void sim_argument_options(lua_State *L, int index, const char *const *names);

/* A whole number among the options; `absent` if it is not there. */
uint64_t sim_argument_number(lua_State *L, int index, const char *name, uint64_t absent);

/* Which of the names an option is; `absent` if it is not there. */
int sim_argument_choice(lua_State *L, int index, const char *name, const char *const *names,
                        int absent);

/* The list of whole numbers at `index`, at most `most`; how many. Nothing is an empty list. */
uint32_t sim_argument_words(lua_State *L, int index, uint64_t *words, uint32_t most);

/* A handle: a whole number, or a buffer. */
slip_handle_t sim_argument_handle(lua_State *L, int index);

/* The options lend and right of the table at `index`. 1 if there is one, else 0. */
int sim_argument_lend(lua_State *L, int index, struct slip_lend *lend);

/* A whole number that fits 32 bits. */
uint32_t sim_argument_small(lua_State *L, int index);

/* ---- results --------------------------------------------------------------------------------- */

/* Pushes true; or nil and the status; or raises an error if the caller is at fault. How many
 * values. */
int sim_result(lua_State *L, const char *name, slip_status_t status);

/* ---- objects --------------------------------------------------------------------------------- */

struct sim_lua_buffer {
    slip_handle_t handle;
    unsigned char *address;
    uint64_t length;
};
#define SIM_BUFFER_TYPE "buffer"

struct sim_lua_event {
    struct sim_event event;
    int open; /* a request that was not answered yet */
};
#define SIM_EVENT_TYPE "event"

/* Are the operations of this thread's body what the run measures? So it is with those that the run
 * waits for, where there are no clients. */
int sim_body_measured(const struct sim_role_context *context);

/* Submit for the activity that the thread works for, and note that; and work for it again, or end
 * it, when the body is handed the event. */
slip_status_t sim_body_submit(lua_State *L, struct sim_link *link,
                              const struct sim_operation *operation);
slip_status_t sim_body_submit_device(lua_State *L, const struct sim_device_operation *operation);
void sim_body_takes(lua_State *L, const struct sim_event *event);

/* Makes a buffer of the process and pushes it; nil and a status if there is no quota. */
int sim_buffer_push(lua_State *L, const char *name, uint64_t length);

/* Is there an answer of the device to hand out, at answer_at? 1 or 0. */
int sim_device_event(struct sim_body *body);
/* Pushes the table me.device. */
void sim_device_push(lua_State *L, const struct sim_body *body);

/* Makes a metatable whose methods are read through it; unknown ones are errors. */
void sim_binding_type(lua_State *L, const char *type, const luaL_Reg *methods);

/* The parts of the binding, each in a file of its own, fill the globals of every state; outside of
 * bodies the functions refuse. `sim_binding_me` pushes the table that a body gets. */
void sim_binding_common(lua_State *L);
void sim_binding_buffer(lua_State *L);
void sim_binding_link(lua_State *L);
void sim_binding_raw(lua_State *L);
void sim_binding_endpoint(lua_State *L);
void sim_binding_me(lua_State *L, struct sim_body *body);

#endif

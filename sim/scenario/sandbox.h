/* A Lua state that can do no harm: bounded memory, a bounded number of instructions while a file
 * loads, no files, processes, clock or chance of the host, and no order or text that depends on
 * where things lie in memory.
 *
 * What differs from plain Lua 5.4: pairs and next go in the order of sorted keys (numbers, then
 * strings, then booleans; other keys have no order and are refused); tables, functions and so on
 * print as the name of their type; math.random draws from the thread's own stream; table functions
 * are raw and table.sort is stable; patterns are left out, since one match can take years inside of
 * one instruction; __gc is refused, since finalizers run where nothing counts; reading a global
 * that does not exist is an error with the nearest spelling.
 *
 * A state belongs to one thread. On simulated threads it is made in the memory of the process.
 */
#ifndef SIM_SCENARIO_SANDBOX_H
#define SIM_SCENARIO_SANDBOX_H

#include <stddef.h>
#include <stdint.h>
#include <lua.h>
#include "sim/role/draw.h"

struct sim_script;
struct sim_loader;
struct sim_body;

/* What runs now; functions that make no sense in it refuse. */
enum sim_phase { SIM_PHASE_LOAD, SIM_PHASE_BODY, SIM_PHASE_EXPECT };

/* Where a state's memory comes from: makes, moves (old is not NULL) or frees (bytes is 0) a block of
 * what `memory` stands for; NULL if there is none. */
typedef void *sim_sandbox_resize_t(void *memory, void *old, size_t old_bytes, size_t bytes);

struct sim_sandbox {
    lua_State *L;
    enum sim_phase phase;
    const struct sim_script *script; /* borrows: outlives the state */
    struct sim_loader *loader;       /* only while the host loads the file; else NULL */
    struct sim_body *body;           /* only in a simulated thread; else NULL */
    sim_sandbox_resize_t *resize;
    void *memory; /* what resize gets */
    uint64_t bytes, bytes_max;
    uint64_t instructions;                               /* so far, to the next thousand */
    uint64_t instructions_max;                           /* 0: no bound */
    void (*tick)(struct sim_sandbox *box, lua_State *L); /* each thousand instructions, or NULL */
    int64_t started_s;        /* on the host: CPU time of its thread when the state was opened */
    struct sim_random random; /* the thread's own stream */
    int params_line;          /* where params{} was called; 0: not yet */
    int line;                 /* where memory ran out; 0: unknown */
    int over;                 /* 1: no Lua code may catch this error, it ends the state */
    char why[320];            /* then: the message */
};

/* Opens a state with the libraries; the fields resize, bytes_max, instructions_max, tick, script,
 * phase are set before. 0; or -1 if there is not enough memory. */
int sim_sandbox_open(struct sim_sandbox *box);
void sim_sandbox_close(struct sim_sandbox *box);

/* Calls `function` protected, with one light userdata. LUA_OK; else an error, which
 * sim_sandbox_describe puts in words: "path:line: what". */
int sim_sandbox_run(struct sim_sandbox *box, lua_CFunction function, void *argument);
void sim_sandbox_describe(struct sim_sandbox *box, int status, char *out, size_t bytes);

/* The sandbox that a state belongs to. */
static inline struct sim_sandbox *sim_sandbox_of(lua_State *L)
{
    return *(struct sim_sandbox **)lua_getextraspace(L);
}

/* Counts work that is done inside of one instruction. May raise the error of the bound. */
void sim_sandbox_spend(lua_State *L, uint64_t instructions);

/* Ends the state: raises an error that Lua code cannot catch, with the line that runs. */
_Noreturn void sim_sandbox_end(lua_State *L, const char *why);

/* After a call that may have caught an error: raises it again if it must not be caught. */
void sim_sandbox_check(lua_State *L);

/* Raises an error "base:line: what" with a line of the file; line 0 is the whole file. */
_Noreturn void sim_sandbox_fail(lua_State *L, uint32_t line, const char *format, ...);

/* What a wrong word could have meant, on top of the stack and returned; the names are the string
 * keys of the table at `index`. */
const char *sim_sandbox_explain(lua_State *L, int index, const char *word);

/* Makes reading a key that is not there an error with the nearest spelling, for the table at the
 * top; `what` is "a parameter", "a function of math". Read-only if `constant` is not 0. */
#define SIM_STRICT_CONSTANT 1
void sim_sandbox_strict(lua_State *L, const char *what, int flags);

/* The parts of the library, each in a file of its own: they fill the globals. */
void sim_library_base(lua_State *L);
void sim_library_table(lua_State *L);
void sim_library_text(lua_State *L);
void sim_library_chance(lua_State *L);
void sim_library_value(lua_State *L);

/* Pushes what tostring gives for the value at `index`, which shows no address. */
const char *sim_library_text_of(lua_State *L, int index);

/* A number to draw: what exponential(mean) and its kin give while a file loads. */
struct sim_lua_value {
    struct sim_value value; /* its list is the one below */
    struct sim_draw draw;   /* of this state's own draws */
    int64_t list[];
};
#define SIM_VALUE_TYPE "distribution"
#define SIM_ARRIVAL_TYPE "arrival" /* its user value is the distribution of the gaps */

#endif

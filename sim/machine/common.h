/* What all machines of the simulator do alike: memory, copies, the console, the end. A machine puts
 * these into its table. `context` is a struct sim_machine in each. */
#ifndef SIM_MACHINE_COMMON_H
#define SIM_MACHINE_COMMON_H

#include "sim/machine/machine.h"

struct sim_space;

/* These entries of a machine's table. */
#define SIM_COMMON_OPS                                                                             \
    .pages_get = sim_common_pages_get, .pages_put = sim_common_pages_put,                          \
    .space_create = sim_common_space_create, .map = sim_common_map, .unmap = sim_common_unmap,     \
    .copy = sim_common_copy, .image_contains = sim_common_image_contains,                          \
    .interrupt_mask = sim_common_interrupt_mask, .print = sim_common_print,                        \
    .panic = sim_common_panic

void *sim_common_pages_get(void *context, uint64_t bytes);
void sim_common_pages_put(void *context, void *pages, uint64_t bytes);
slip_status_t sim_common_space_create(void *context, struct slip_space *space, uint64_t bytes,
                                      const char *name);
void sim_common_space_destroy(void *context, struct slip_space *space);
slip_status_t sim_common_map(void *context, struct slip_space *space, uint64_t bytes,
                             uint64_t *address);
void sim_common_unmap(void *context, struct slip_space *space, uint64_t address, uint64_t bytes);
slip_status_t sim_common_copy(void *context, struct slip_space *to_space, uint64_t to,
                              struct slip_space *from_space, uint64_t from, uint64_t bytes);
int sim_common_image_contains(void *context, uint64_t address, uint64_t bytes);
void sim_common_interrupt_mask(void *context, uint32_t line, int on);
void sim_common_print(void *context, const char *text, uint64_t length);
_Noreturn void sim_common_panic(void *context, const char *file, int line, const char *what);

/* The stack of a new context, with its message area at the top:
 *
 *   low [ guard page | usable ... | message area ] low + bytes
 */
struct sim_stack {
    struct sim_space *space; /* borrows; NULL: no stack */
    uint64_t low, bytes;
    uint64_t usable_low, usable_bytes;
    uint64_t area;
};

/* At least `bytes`, and at least what the host needs for a stack. NO_QUOTA if there is no room. */
slip_status_t sim_stack_init(struct sim_stack *stack, struct sim_space *space, uint64_t bytes);
void sim_stack_fini(struct sim_stack *stack);

/* Runs what a context was made for, on its stack: first in the kernel, then the program, then the
 * call that ends the thread. */
_Noreturn void sim_start_run(const struct slip_context_start *start);

#endif

/* A machine with one CPU, static memory and no libc: the smallest complete one. */
#ifndef ONE_CPU_H
#define ONE_CPU_H

#include <slipway/machine.h>

extern const struct slip_machine one_cpu;

/* The kernel that slip_trap and the timer enter. */
struct k_kernel;
void one_cpu_serve(struct k_kernel *kernel);

void one_cpu_print(const char *text);
_Noreturn void one_cpu_end(int code);

#endif

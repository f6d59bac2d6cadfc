/* The name of a global of the program, for a message. */
#ifndef SIM_MACHINE_SYMBOL_H
#define SIM_MACHINE_SYMBOL_H

#include <stddef.h>
#include <stdint.h>

/* Writes what is known of the object that holds the address: "'counter' of ./program", or
 * "./program+0x4060" where neither the dynamic linker nor the file's own table of symbols, static
 * ones included, has a name. Opens the file, so only for messages. */
void sim_symbol_describe(uint64_t address, char *text, size_t text_bytes);

#endif

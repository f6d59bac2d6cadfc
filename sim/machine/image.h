/* The program's read-only image: what all simulated processes may read, as they share the text of
 * one program on hardware.
 *
 * The ranges of all loaded objects are looked up once and again whenever objects were loaded or
 * dropped. A range counts if it is mapped without the right to write, or made read-only after
 * relocation (tables of pointers).
 */
#ifndef SIM_MACHINE_IMAGE_H
#define SIM_MACHINE_IMAGE_H

#include <stdint.h>

/* 1 if all of [address, address + bytes) lies in one such range. Thread safe. */
int sim_image_contains(uint64_t address, uint64_t bytes);

/* Forgets objects that were unloaded. Called when an instance is made. */
void sim_image_refresh(void);

/* A system call refused an address. If the environment has SLIPWAY_EXPLAIN, and one of these
 * registers points to a writable global of the program, says so on stderr, with the global's name
 * where it has one: once for each address. */
void sim_image_explain(const uint64_t *registers, uint32_t count);

#endif

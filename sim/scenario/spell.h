/* The nearest spelling of a word that somebody got wrong, for error messages: names of parameters,
 * keys, roles, endpoints, designs, options. Pure functions on strings; the command line uses them
 * as the scenario files do.
 */
#ifndef SIM_SCENARIO_SPELL_H
#define SIM_SCENARIO_SPELL_H

#include <stddef.h>
#include <stdint.h>

/* The one of `count` names that `word` was most likely meant to be, or NULL if none is near: a few
 * letters wrong, missing, added or swapped, another case, or the beginning of exactly one name. */
const char *sim_spell_nearest(const char *word, const char *const *names, uint32_t count);

/* Writes the end of an error message about a word that is none of the names: "did you mean 'x'?
 * accepted: x, y, z". Always ends with a zero; a long list is cut. How many bytes were written. */
size_t sim_spell_explain(char *out, size_t bytes, const char *word, const char *const *names,
                         uint32_t count);

#endif

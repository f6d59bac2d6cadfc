/* Probes: what a design can and cannot do, found out by trying.
 *
 * A probe is a small simulation on the scripted machine. It knows the design interface and the
 * system calls, and no design; so a verdict is about what happened, and the same probe judges a
 * design that is loaded from a shared object. Each is deterministic and takes some milliseconds.
 *
 *   forge        can a hostile server complete what it does not hold?
 *   overload     clients stop taking what completes: is something lost without a word?
 *   cancel       does a cancelled operation end before its server answers?
 *   two_servers  can one thread wait for two servers at once?
 *   late_access  can a server touch a client's memory after it has answered?
 *   death        a server dies: does every outstanding operation complete, once?
 *   priority     how long does an urgent client wait behind others and a middle hog?
 */
#ifndef SIM_CHECK_PROBE_H
#define SIM_CHECK_PROBE_H

#include <stdint.h>
#include <slipway/design.h>

#define SIM_PROBES_MAX 16U
#define SIM_VERDICT_DETAIL_BYTES 160U

struct sim_verdict {
    const char *name; /* of the probe or the conformance test; constant */
    char verdict[32]; /* one word or two: "refused"; in capitals if it is one to worry about */
    char detail[SIM_VERDICT_DETAIL_BYTES]; /* one line: what was tried, what was seen */
    int ok; /* 1: it worked as a design should; 0: a weakness, or a test that failed */
};

/* HOST. Runs all probes on a design, up to max; how many verdicts there are. */
uint32_t sim_probe_all(const struct sim_design *design, struct sim_verdict *verdicts, uint32_t max);

#endif

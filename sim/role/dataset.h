/* The file of a run: what a file device serves, and what its clients must find in it.
 *
 * A dataset is either a file made for the run, in a directory of its own that goes with it, with
 * contents that follow from the seed; or a host file that the user named, which is only ever read.
 * Either way it knows the checksum of every block, for each size of block that a client of the
 * plan reads, computed beforehand.
 *
 *   create (host) -> device on `root`, roles look up checksums -> destroy (host)
 *
 * One dataset serves any number of runs one after another, and designs compared with each other
 * should share it: making it costs a pass over the whole file. Between create and destroy it never
 * changes, so roles read it from any CPU.
 *
 * A plan whose clients only write gets a made file of zeros, so that a block that was never written
 * is found; clients write what sim_sample_fill makes, and the checksums are of that.
 */
#ifndef SIM_ROLE_DATASET_H
#define SIM_ROLE_DATASET_H

#include <stddef.h>
#include <stdint.h>
#include "sim/scenario/plan.h"

struct sim_host_file;

/* Checksums for one size of block; the last block may be short. */
struct sim_dataset_sums {
    uint64_t block; /* bytes */
    uint64_t count;
    uint64_t *sum; /* owns */
};

struct sim_dataset {
    const char *root;              /* host directory, for sim_device_kind.create */
    const char *file_name;         /* below root, for sim_role_context.file_name */
    uint64_t length;               /* bytes, at least 1 */
    uint64_t seed;                 /* of the contents */
    int made;                      /* 1: made for the run; 0: the user's own */
    struct sim_dataset_sums *sums; /* owns */
    uint32_t sums_count;
    struct sim_host_file *file; /* owns */
};

/* HOST. The dataset of one of the plan's devices. NULL and a message on failure, with nothing left
 * behind: for a path that is missing, unreadable, empty, a directory or no regular file, for a
 * client that would write to a file of the user's, and for a host without space. */
struct sim_dataset *sim_dataset_create(const struct sim_plan *plan, uint32_t device, uint64_t seed,
                                       char *error, size_t error_bytes);

/* HOST. Removes what was made. */
void sim_dataset_destroy(struct sim_dataset *dataset);

/* Anywhere. The checksums for blocks of this size, or NULL if no client of the plan asked for them
 * to be verified. */
const struct sim_dataset_sums *sim_dataset_sums(const struct sim_dataset *dataset, uint64_t block);

/* Anywhere. Index of the device whose file a process works on: its own, or that of a server that it
 * connects to; UINT32_MAX if there is none. */
uint32_t sim_dataset_device(const struct sim_plan *plan, const struct sim_plan_process *process);

#endif

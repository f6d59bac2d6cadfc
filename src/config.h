/* Every limit of this kernel build, with its unit and its reason. */
#ifndef K_CONFIG_H
#define K_CONFIG_H

#include <slipway/kernel.h>

/* Bytes of quota. The least one holds a thread, its stack, and a page of handles. */
#define K_QUOTA_ROOT_DEFAULT ((uint64_t)1 << 46)
#define K_QUOTA_PROCESS_DEFAULT ((uint64_t)256 << 20)
#define K_QUOTA_PROCESS_LEAST ((uint64_t)1 << 20)
#define K_STACK_DEFAULT ((uint64_t)256 << 10)
#define K_STACK_LEAST K_STACK_BYTES_LEAST

/* Longest chain of calls along which a priority is inherited and a cycle is looked for. */
#define K_CHAIN_MAX 16U

/* Longest chain of lends that were lent on. */
#define K_LEND_CHAIN_MAX 16U

/* Handles, threads or buffers that the reaper takes apart in one step. */
#define K_REAP_STEP 16U

/* Requests outstanding on a connection that has no port. */
#define K_SILENT_DEPTH 64U

/* Completions that one turn of a port wait copies out. */
#define K_PORT_BATCH 16U

/* Objects of one type that one kernel holds: pool chunks are found through a directory of a page. */
#define K_POOL_CHUNKS_MAX 512U

_Static_assert(K_STACK_LEAST < K_QUOTA_PROCESS_LEAST, "the least quota holds a stack");

#endif

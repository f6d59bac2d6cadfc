/* Calls that a random stream chooses: mostly ones that mean something, to meet others at the few objects
 * that a process remembers. */
#ifndef TESTS_SEMANTICS_RANDOM_CALL_H
#define TESTS_SEMANTICS_RANDOM_CALL_H

#include "sim/role/random.h"
#include "tests/semantics/support.h"

#define KEPT 8U /* handles of one kind, and tokens, that a process remembers */
#define WAYS 1024U
#define BYTES 2048U

enum kind { ENDPOINT, PORT, CONNECTION, BUFFER, KINDS };

extern const uint32_t all_rights[KINDS];

/* What a process knows. */
struct known {
    uint32_t next;
    slip_handle_t handle[KINDS][KEPT];
    slip_request_t request[KEPT];
    /* Ways to all endpoints and ports that it made: who waits at one can be reached for good. */
    uint32_t ways[2];
    slip_handle_t way[2][WAYS];
};

/* What a thread has: all in its own memory, which calls read and write. */
struct actor {
    struct sim_random random;
    uint32_t index;
    struct known *known;
    slip_request_t last; /* that it took, */
    slip_handle_t from;  /* and where */
    enum kind copied;    /* of the last handle that it made a copy of */
    void *fault;
    struct slip_lend lend[2];
    struct slip_message_area area;
    _Alignas(8) unsigned char bytes[BYTES]; /* for completions, batches and long messages */
};

/* Chooses a call, and fills its registers and the memory that it reads. */
enum slip_call choose_call(struct actor *self, uint64_t in[6]);

/* What a call returned may be used from now on. Handles that came with a message are closed: if they
 * were kept, what they name could not end. */
void learn_from(struct actor *self, enum slip_call call, const uint64_t in[6],
                const uint64_t out[3]);

/* Of an endpoint or a port of the calling process. */
void keep_way(struct known *to, enum kind kind, slip_handle_t object);

void close_all(const struct slip_message_area *area, uint64_t count);

#endif

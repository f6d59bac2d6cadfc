/* Replies: a server ends a request that its process holds. */
#ifndef K_REPLY_H
#define K_REPLY_H

#include "request.h"

struct k_answer {
    slip_request_t token;
    int32_t status;
    uint64_t result;
    struct k_parcel parcel; /* words and handles for a caller; bytes and handles 0: none */
};

/* STALE; or, with the request still held: BAD_ARGUMENT, BAD_HANDLE, TOO_LONG, NO_QUOTA (the
 * caller has no room for the handles). `hand`: as in k_request_end. */
slip_status_t k_reply(struct k_cpu *cpu, const struct k_answer *answer, struct k_thread **hand);

/* Passes a request that the process holds on to another endpoint. */
slip_status_t k_pass(struct k_cpu *cpu, slip_request_t token, struct k_endpoint *endpoint);

#endif

/* The roles there are, one file each, and what several of them share. */
#ifndef SIM_ROLE_ROLES_H
#define SIM_ROLE_ROLES_H

#include "sim/role/draw.h"
#include "sim/role/role.h"

extern const struct sim_role sim_role_client;
extern const struct sim_role sim_role_echo_server;
extern const struct sim_role sim_role_file_server;
extern const struct sim_role sim_role_pipeline_stage;

#define SIM_ROLE_BATCH 32U                   /* events that a role takes in one wait */
#define SIM_ECHO_CHUNK_BYTES ((size_t)65536) /* that an echo copies at once */

/* Requests that may be outstanding at the endpoint that this process serves: the depths of all
 * links to it, within what a device or a port could hold. */
uint32_t sim_role_depth(const struct sim_role_context *context);

/* The work that a server does for each request: its process's `service`. */
struct sim_service {
    struct sim_random random; /* the thread's own stream */
    struct sim_draw draw;
};
void sim_service_begin(struct sim_service *service, const struct sim_role_context *context);
void sim_service(struct sim_service *service);

/* What an echo server answers to a request. `chunk` is SIM_ECHO_CHUNK_BYTES of the process's
 * memory. */
slip_status_t sim_echo_answer(const struct sim_event *request, void *chunk, uint64_t *result);

#endif

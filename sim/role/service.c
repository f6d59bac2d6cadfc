#include "sim/role/roles.h"

void sim_service_begin(struct sim_service *service, const struct sim_role_context *context)
{
    sim_random_init(&service->random, context->seed);
    service->draw = sim_draw_of(&context->process->service);
}

void sim_service(struct sim_service *service)
{
    uint64_t work = (uint64_t)sim_draw_next(&service->draw, &service->random);
    if (work != 0)
        slip_thread_compute(work);
}

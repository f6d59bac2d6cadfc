/* Endpoints that are attached to a port: they are in its queue as long as they have something to take. */
#include "endpoint.h"
#include "hook.h"
#include "instance.h"
#include "port.h"

void k_port_arrival(struct k_cpu *cpu, struct k_endpoint *endpoint)
{
    struct k_port *port = endpoint->port;
    if (port == NULL || endpoint->attach_mode == 0)
        return;
    k_lock_take(cpu, &port->object.lock);
    if (!port->closed && !k_list_linked(&endpoint->ready.link)) {
        k_list_remove(&endpoint->taken_link);
        k_port_push(cpu, port, &endpoint->ready);
        if (endpoint->attach_mode == SLIP_ATTACH_ONCE)
            K_PUBLISH(endpoint->attach_mode, 0); /* it counts as detached from here on */
    }
    k_lock_drop(cpu, &port->object.lock);
}

/* endpoint's lock. Takes it out of its port; the port's reference is the caller's to give back. */
static struct k_port *take_out(struct k_cpu *cpu, struct k_endpoint *endpoint, uint32_t *withdrawn)
{
    struct k_port *port = endpoint->port;
    K_PUBLISH(endpoint->port, NULL);
    K_PUBLISH(endpoint->attach_mode, 0);
    if (port == NULL)
        return NULL;
    k_lock_take(cpu, &port->object.lock);
    *withdrawn = (uint32_t)k_list_linked(&endpoint->ready.link);
    if (*withdrawn)
        k_port_unqueue(port, &endpoint->ready);
    k_list_remove(&endpoint->taken_link);
    k_lock_drop(cpu, &port->object.lock);
    return port;
}

slip_status_t k_port_attach(struct k_cpu *cpu, struct k_port *port, struct k_endpoint *endpoint,
                            uint64_t key, uint32_t mode)
{
    if (k_port_is_closed(cpu, port))
        return SLIP_PEER_CLOSED;
    struct k_port *old = NULL;
    uint32_t withdrawn;
    slip_status_t status = SLIP_OK;
    k_lock_take(cpu, &endpoint->object.lock);
    if (endpoint->closed) {
        status = SLIP_PEER_CLOSED;
    } else if (endpoint->port != NULL && endpoint->attach_mode != 0 &&
               !k_port_is_closed(cpu, endpoint->port)) {
        status = SLIP_ALREADY;
    } else {
        old = take_out(cpu, endpoint, &withdrawn);
        k_object_ref(&port->object);
        K_PUBLISH(endpoint->port, port);
        K_PUBLISH(endpoint->attach_mode, mode);
        endpoint->ready.content.key = key; /* it is in no queue */
        if (endpoint->queue.count != 0 || endpoint->blocked.count != 0)
            k_port_arrival(cpu, endpoint);
    }
    k_lock_drop(cpu, &endpoint->object.lock);
    if (old != NULL)
        k_object_unref(cpu, &old->object);
    return status;
}

slip_status_t k_port_detach(struct k_cpu *cpu, struct k_port *port, struct k_endpoint *endpoint,
                            uint32_t *withdrawn)
{
    *withdrawn = 0;
    struct k_port *old = NULL;
    k_lock_take(cpu, &endpoint->object.lock);
    int attached = endpoint->port == port && endpoint->attach_mode != 0;
    if (endpoint->port == port)
        old = take_out(cpu, endpoint, withdrawn);
    k_lock_drop(cpu, &endpoint->object.lock);
    if (old != NULL)
        k_object_unref(cpu, &old->object);
    return attached || *withdrawn ? SLIP_OK : SLIP_STALE;
}

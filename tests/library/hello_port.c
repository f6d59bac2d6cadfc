/* The smallest program with a server, a client and a completion port. */
#include <slipway/sim.h>     /* the host: a machine and a kernel       */
#include <slipway/slipway.h> /* system calls: inside simulated threads */

static void server(void)
{
    slip_handle_t files = slip_start_handle();
    struct slip_message m = {0};
    while (slip_endpoint_wait(files, &m, SLIP_NEVER) == SLIP_OK) {
        slip_status_t s = slip_request_write(m.request, 0, "hello, port", 12);
        slip_request_reply(m.request, s, 12);
    }
}

static void client(void)
{
    slip_handle_t files = slip_start_handle(), port, link, buffer;
    char *text;
    slip_port_create(8, &port);                /* 8 operations in flight */
    slip_endpoint_connect(files, port, &link); /* completions go to port */
    slip_buffer_create(4096, &buffer, (void **)&text);

    struct slip_message read = {.word = {1, 0, 4096}, .words = 3};
    struct slip_lend lend = {buffer, 0, 4096, SLIP_LEND_WRITE};
    slip_endpoint_submit(link, &read, &lend, /* key */ 42, SLIP_NEVER);

    struct slip_completion c[8];
    uint32_t n;
    slip_port_wait(port, c, 1, 8, slip_clock_now() + 1000000000, &n);
    slip_debug_print("key %lu, %lu bytes: %s\n", c[0].key, c[0].result, text);
}

static void root(void) /* the first process, as on bare metal */
{
    slip_handle_t files, to_serve, to_ask, s, c;
    slip_endpoint_create(8, &files);
    slip_handle_duplicate(files, SLIP_RIGHT_RECEIVE, 0, &to_serve);
    slip_handle_duplicate(files, SLIP_RIGHT_SEND, /* badge */ 7, &to_ask);
    slip_process_create("server", &s);
    slip_process_create("client", &c);
    slip_process_start(s, server, to_serve); /* moves the one handle */
    slip_process_start(c, client, to_ask);
    slip_process_wait(c, SLIP_NEVER);
    slip_process_kill(s);
}

int main(void)
{
    return sim_run(&(struct sim_options){.machine = "threads", .cpus = 2}, root);
}

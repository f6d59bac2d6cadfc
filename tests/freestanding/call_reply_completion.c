/* The kernel on a machine without a libc: a call and its reply, a submit and its completion, and
 * what each object costs. Prints what went wrong, and ends with 1 then. */
#include <slipway/kernel.h>
#include <slipway/slipway.h>
#include "one_cpu.h"

#define QUOTA (2UL << 20)

static int failed;

static void check(int holds, const char *what)
{
    if (holds)
        return;
    failed = 1;
    one_cpu_print("failed: ");
    one_cpu_print(what);
    one_cpu_print("\n");
}

static void server(void)
{
    slip_handle_t endpoint = slip_start_handle();
    struct slip_message m = {.words = 0};
    slip_status_t status = slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
    while (status == SLIP_OK) {
        slip_status_t wrote = SLIP_OK;
        if (m.lends > 0)
            wrote = slip_request_write(m.request, 0, "carried", 8);
        uint64_t answer = m.word[0] + 1;
        m.words = m.bytes = m.handles = m.flags = 0;
        status = slip_endpoint_reply_wait(endpoint, m.request, wrote, answer, &m, SLIP_NEVER);
    }
}

static void ask_and_wait(slip_handle_t endpoint)
{
    struct slip_message m = {.word = {41}, .words = 1};
    uint64_t result = 0;
    slip_status_t status = slip_endpoint_call(endpoint, &m, NULL, &result, SLIP_NEVER);
    check(status == SLIP_OK && result == 42, "a call gets its reply");
}

static void ask_and_go_on(slip_handle_t endpoint)
{
    slip_handle_t port = 0, link = 0, buffer = 0;
    void *memory = &port;
    check(slip_port_create(1, &port) == SLIP_OK, "a port");
    check(slip_endpoint_connect(endpoint, port, &link) == SLIP_OK, "a connection");
    check(slip_buffer_create(64, &buffer, &memory) == SLIP_OK, "a buffer");
    struct slip_message m = {.word = {1}, .words = 1};
    struct slip_lend lend = {buffer, 0, 64, SLIP_LEND_WRITE};
    check(slip_endpoint_submit(link, &m, &lend, 7, SLIP_NEVER) == SLIP_OK, "a submit");
    check(slip_endpoint_submit(link, &m, NULL, 8, SLIP_NEVER) == SLIP_NO_SLOT,
          "no second one without a slot");
    struct slip_completion completion = {.key = 0};
    uint32_t count;
    slip_status_t status = slip_port_wait(port, &completion, 1, 1, SLIP_NEVER, &count);
    check(status == SLIP_OK && count == 1 && completion.key == 7 && completion.result == 2,
          "a submit gets its completion");
    check(*(const char *)memory == 'c', "the server wrote what was lent");
    status = slip_port_wait(port, &completion, 1, 1, slip_clock_now() + 1000, &count);
    check(status == SLIP_TIMED_OUT && count == 0, "there is no second completion");
}

static void client(void)
{
    slip_handle_t endpoint = slip_start_handle();
    ask_and_wait(endpoint);
    ask_and_go_on(endpoint);
}

static void root(void)
{
    slip_handle_t endpoint = 0, to_serve = 0, to_ask = 0, serving = 0, asking = 0;
    check(slip_endpoint_create(1, &endpoint) == SLIP_OK, "an endpoint");
    slip_handle_duplicate(endpoint, SLIP_RIGHT_RECEIVE, 0, &to_serve);
    slip_handle_duplicate(endpoint, SLIP_RIGHT_SEND, 7, &to_ask);
    check(slip_process_create_quota("server", QUOTA, &serving) == SLIP_OK, "a process");
    check(slip_process_create_quota("client", QUOTA, &asking) == SLIP_OK, "another one");
    check(slip_process_start(serving, server, to_serve) == SLIP_OK, "the server starts");
    check(slip_process_start(asking, client, to_ask) == SLIP_OK, "the client starts");
    check(slip_process_wait(asking, SLIP_NEVER) == SLIP_OK, "the client ends");
    slip_process_kill(serving);
    check(slip_process_wait(serving, SLIP_NEVER) == SLIP_OK, "the server ends");
}

static void print_number(uint64_t number)
{
    char digits[24];
    uint32_t at = sizeof(digits) - 1;
    digits[at] = 0;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    one_cpu_print(digits + at);
}

/* The table of docs/PORTING.md. */
static void print_costs(struct k_kernel *kernel)
{
    struct k_type_info type;
    for (uint32_t i = 0; k_kernel_type(kernel, i, &type); i++) {
        one_cpu_print(type.name);
        one_cpu_print(": ");
        print_number(type.bytes);
        one_cpu_print(" bytes each\n");
    }
}

static void run(void)
{
    struct k_config config = {.cpus = 1, .quota = 16UL << 20, .stack_bytes = 64UL << 10};
    struct k_kernel *kernel;
    check(k_kernel_create(&one_cpu, &config, &kernel) == SLIP_OK, "a kernel");
    one_cpu_serve(kernel);
    check(k_kernel_start(kernel, "root", root, 8UL << 20) == SLIP_OK, "the first process");
    k_kernel_cpu_run(kernel, 0);
    check(k_kernel_check(kernel) == NULL, "the invariants hold");
    check(k_kernel_leaks(kernel) == 0, "nothing leaks");
    print_costs(kernel);
}

void _start(void);

__attribute__((force_align_arg_pointer)) void _start(void)
{
    run();
    one_cpu_print(failed ? "freestanding: failed\n" : "freestanding: call, reply, completion\n");
    one_cpu_end(failed);
}

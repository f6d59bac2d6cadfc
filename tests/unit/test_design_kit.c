/* What designs are made of: what a server keeps, tickets, shares, long messages, the one wait. */
#include <string.h>
#include <criterion/criterion.h>
#include <slipway/design_kit.h>

/* The first line that failed inside of the simulated thread; 0: all held. */
static int wrong_line;
#define HOLDS(what)                                                                                \
    do {                                                                                           \
        if (!(what) && wrong_line == 0)                                                            \
            wrong_line = __LINE__;                                                                 \
    } while (0)

static void run(void (*root)(void))
{
    struct sim_options options = {.machine = "scripted"};
    wrong_line = 0;
    cr_assert_eq(sim_run(&options, root), 0);
    cr_assert_eq(wrong_line, 0, "line %d", wrong_line);
}

static slip_status_t plain_serve(struct sim_party *party, slip_handle_t endpoint)
{
    party->wait_object = endpoint;
    return SLIP_OK;
}

static slip_status_t plain_connect(struct sim_party *party, slip_handle_t endpoint, uint32_t depth,
                                   struct sim_link *link)
{
    (void)party, (void)endpoint, (void)depth, (void)link;
    return SLIP_OK;
}

static void plain_leave(struct sim_party *party)
{
    (void)party;
}

static const struct sim_design plain = {
    .name = "plain", .serve = plain_serve, .connect = plain_connect, .leave = plain_leave};

/* A party that serves an endpoint of its own. */
static slip_handle_t open_server(struct sim_party *party, slip_handle_t endpoint)
{
    if (endpoint == SLIP_NO_HANDLE)
        HOLDS(slip_endpoint_create(4, &endpoint) == SLIP_OK);
    HOLDS(sim_party_init(party, &plain) == SLIP_OK);
    HOLDS(sim_party_serve(party, endpoint) == SLIP_OK);
    return endpoint;
}

static slip_handle_t some_handle(void)
{
    slip_handle_t handle;
    HOLDS(slip_port_create(1, &handle) == SLIP_OK);
    return handle;
}

static int is_open(slip_handle_t handle)
{
    slip_handle_t copy;
    if (slip_handle_duplicate(handle, 0, 0, &copy) != SLIP_OK)
        return 0;
    HOLDS(slip_handle_close(copy) == SLIP_OK);
    return 1;
}

/* ---- kept ---------------------------------------------------------------------------------- */

static void keep_root(void)
{
    struct sim_party first, second, other;
    slip_handle_t endpoint = open_server(&first, SLIP_NO_HANDLE), got;
    slip_handle_t a = some_handle(), b = some_handle();
    struct slip_message m = {.badge = 7};
    (void)open_server(&second, endpoint);
    (void)open_server(&other, SLIP_NO_HANDLE);

    HOLDS(sim_party_keep(&first, 7, 0, a) == SLIP_OK);
    HOLDS(sim_party_look(&second, &m, 0, &got) == SLIP_OK && got == a);
    HOLDS(sim_party_look(&other, &m, 0, &got) == SLIP_WOULD_BLOCK && got == SLIP_NO_HANDLE);
    HOLDS(sim_party_keep(&second, 7, 0, b) == SLIP_OK); /* in its place */
    HOLDS(!is_open(a) && is_open(b));
    HOLDS(sim_party_keep(&first, 7, SIM_KEPT_MAX, some_handle()) == SLIP_BAD_ARGUMENT);

    for (uint64_t number = 1; number < 200; number++) /* more than the first table has room for */
        HOLDS(sim_party_keep(&first, 7, number, some_handle()) == SLIP_OK);
    HOLDS(sim_party_keep(&first, 8, 0, some_handle()) == SLIP_OK);
    for (uint64_t number = 1; number < 200; number++)
        HOLDS(sim_party_look(&second, &m, number, &got) == SLIP_OK && is_open(got));

    sim_party_forget(&first, 7, a); /* which is kept no more */
    HOLDS(is_open(b));
    sim_party_forget(&first, 7, b);
    HOLDS(!is_open(b) && !is_open(got));
    m.badge = 8;
    HOLDS(sim_party_look(&first, &m, 0, &got) == SLIP_OK);

    sim_party_fini(&first);
    HOLDS(is_open(got)); /* the second still knows it */
    sim_party_fini(&second);
    HOLDS(!is_open(got));
    sim_party_fini(&other);
}

Test(design_kit, parties_at_one_endpoint_keep_in_common)
{
    run(keep_root);
}

static void park_root(void)
{
    struct sim_party party;
    struct slip_message m = {.badge = 1, .word = {100}, .words = 1}, got;
    slip_handle_t handle;
    (void)open_server(&party, SLIP_NO_HANDLE);
    for (uint32_t i = 0; i < SIM_PARKED_MAX; i++, m.word[0]++)
        HOLDS(sim_party_look(&party, &m, i % 2, &handle) == SLIP_WOULD_BLOCK);
    HOLDS(sim_party_look(&party, &m, 0, &handle) == SLIP_NO_QUOTA);
    HOLDS(!sim_party_unpark(&party, &got));

    HOLDS(sim_party_keep(&party, 2, 0, some_handle()) == SLIP_OK); /* of another badge */
    HOLDS(!sim_party_unpark(&party, &got));
    HOLDS(sim_party_keep(&party, 1, 1, some_handle()) == SLIP_OK);
    for (uint64_t word = 101; word < 100 + SIM_PARKED_MAX; word += 2)
        HOLDS(sim_party_unpark(&party, &got) && got.word[0] == word && got.badge == 1);
    HOLDS(!sim_party_unpark(&party, &got));
    HOLDS(sim_party_keep(&party, 1, 0, some_handle()) == SLIP_OK);
    HOLDS(sim_party_unpark(&party, &got) && got.word[0] == 100);
    sim_party_fini(&party); /* with the others */
}

Test(design_kit, a_message_that_comes_too_early_waits_for_what_it_needs)
{
    run(park_root);
}

/* ---- tickets and shares -------------------------------------------------------------------- */

static void ticket_root(void)
{
    struct sim_party party;
    uint64_t request[100], again;
    struct sim_ticket ticket = {.handle = 1}, got;
    HOLDS(sim_party_init(&party, &plain) == SLIP_OK);
    HOLDS(sim_party_untick(&party, 0, &got) == SLIP_STALE);
    HOLDS(sim_party_untick(&party, 1, &got) == SLIP_STALE);
    for (uint64_t i = 0; i < 100; i++) {
        ticket.key = i;
        HOLDS(sim_party_ticket(&party, &ticket, &request[i]) == SLIP_OK && request[i] != 0);
    }
    for (uint64_t i = 0; i < 100; i += 3)
        HOLDS(sim_party_untick(&party, request[i], &got) == SLIP_OK && got.key == i);
    for (uint64_t i = 0; i < 100; i += 3)
        HOLDS(sim_party_untick(&party, request[i], &got) == SLIP_STALE);
    HOLDS(sim_party_ticket(&party, &ticket, &again) == SLIP_OK);
    HOLDS(again != request[99] && sim_party_untick(&party, request[99], &got) == SLIP_STALE);
    HOLDS(sim_party_untick(&party, request[98], &got) == SLIP_OK && got.key == 98);
    HOLDS(sim_party_untick(&party, again ^ (uint64_t)2 << 32, &got) == SLIP_STALE);
    sim_party_fini(&party);
}

Test(design_kit, a_ticket_is_good_for_one_answer)
{
    run(ticket_root);
}

static void share_root(void)
{
    struct sim_party party;
    struct sim_link *link;
    slip_handle_t buffer, other, handle;
    void *memory;
    uint32_t number;
    HOLDS(sim_party_init(&party, &plain) == SLIP_OK);
    HOLDS(sim_party_connect(&party, 1, 1, &link) == SLIP_OK);
    HOLDS(slip_buffer_create(4096, &buffer, &memory) == SLIP_OK);
    HOLDS(slip_buffer_create(4096, &other, &memory) == SLIP_OK);
    struct slip_lend lend = {buffer, 0, 64, SLIP_LEND_READ};

    HOLDS(sim_link_share(link, &lend, &number, &handle) == SLIP_OK && number == 1);
    HOLDS(handle != SLIP_NO_HANDLE); /* it was not sent after all: the next one brings it */
    HOLDS(slip_handle_close(handle) == SLIP_OK);
    HOLDS(sim_link_share(link, &lend, &number, &handle) == SLIP_OK && number == 1);
    HOLDS(handle != SLIP_NO_HANDLE && slip_buffer_write(handle, 0, memory, 1) == SLIP_NO_RIGHT);
    sim_link_shared(link);
    HOLDS(sim_link_share(link, &lend, &number, &handle) == SLIP_OK && number == 1);
    HOLDS(handle == SLIP_NO_HANDLE);

    lend.right = SLIP_LEND_READ | SLIP_LEND_WRITE; /* more than the other side may do so far */
    HOLDS(sim_link_share(link, &lend, &number, &handle) == SLIP_OK && number == 2);
    HOLDS(slip_buffer_write(handle, 0, memory, 1) == SLIP_OK);
    sim_link_shared(link);
    lend.right = SLIP_LEND_WRITE;
    HOLDS(sim_link_share(link, &lend, &number, &handle) == SLIP_OK && number == 2 && handle == 0);
    lend.buffer = other;
    HOLDS(sim_link_share(link, &lend, &number, &handle) == SLIP_OK && number == 3 && handle != 0);
    lend.right = SLIP_LEND_ONWARD | SLIP_LEND_READ;
    HOLDS(sim_link_share(link, &lend, &number, &handle) == SLIP_BAD_OPERATION && handle == 0);
    lend = (struct slip_lend){buffer + 77, 0, 64, SLIP_LEND_READ};
    HOLDS(sim_link_share(link, &lend, &number, &handle) == SLIP_BAD_HANDLE && handle == 0);

    lend.right = SLIP_LEND_READ;
    for (uint32_t i = 3; i < 40; i++) { /* more than the first table has room for */
        HOLDS(slip_buffer_create(4096, &lend.buffer, &memory) == SLIP_OK);
        HOLDS(sim_link_share(link, &lend, &number, &handle) == SLIP_OK && number == i);
        sim_link_shared(link);
    }
    lend.buffer = buffer;
    HOLDS(sim_link_share(link, &lend, &number, &handle) == SLIP_OK && number == 1);
    sim_party_fini(&party);
}

Test(design_kit, a_buffer_is_shared_once_for_each_set_of_rights)
{
    run(share_root);
}

/* ---- messages and waits -------------------------------------------------------------------- */

static slip_handle_t crossing; /* endpoint that both threads know */

static void long_caller(uint64_t argument)
{
    static const char text[1000] = "longer than a message that is queued";
    (void)argument;
    for (uint32_t i = 0; i < 3; i++) {
        struct slip_message m = {.area = {.data = (void *)(uintptr_t)text}, .bytes = sizeof text};
        HOLDS(slip_endpoint_call(crossing, &m, NULL, NULL, SLIP_NEVER) == SLIP_BAD_OPERATION);
    }
    struct slip_message m = {.word = {42}, .words = 1};
    HOLDS(slip_endpoint_send(crossing, &m, SLIP_NEVER) == SLIP_OK);
}

static void long_root(void)
{
    struct slip_message m;
    HOLDS(slip_endpoint_create(4, &crossing) == SLIP_OK);
    HOLDS(sim_message_take(crossing, &m, 0) == SLIP_WOULD_BLOCK);
    HOLDS(slip_thread_start(SLIP_SELF, long_caller, 0, SLIP_PRIORITY_DEFAULT, 0, NULL) == SLIP_OK);
    HOLDS(sim_message_take(crossing, &m, SLIP_NEVER) == SLIP_OK);
    HOLDS(m.words == 1 && m.word[0] == 42);
}

Test(design_kit, a_long_message_does_not_stop_a_queue)
{
    run(long_root);
}

static void gather_root(void)
{
    struct sim_party party;
    struct sim_event event;
    slip_handle_t own, port = SLIP_NO_HANDLE, at;
    slip_time_t until = 0;
    uint32_t count = 0;
    struct slip_message m = {.words = 1};
    HOLDS(slip_endpoint_create(4, &own) == SLIP_OK);

    HOLDS(sim_party_init(&party, &plain) == SLIP_OK);
    HOLDS(sim_party_gather(&party, own, &port) == SLIP_OK && port == SLIP_NO_HANDLE);
    HOLDS(party.wait_object == own);
    HOLDS(sim_gather_wait(&party, port, &until, &at, &event, &count) == SLIP_OK && at == own);
    sim_party_fini(&party);

    slip_handle_t served = open_server(&party, SLIP_NO_HANDLE);
    HOLDS(sim_party_gather(&party, own, &port) == SLIP_OK && party.wait_object == port);
    HOLDS(sim_gather_wait(&party, port, &until, &at, &event, &count) == SLIP_WOULD_BLOCK);
    HOLDS(slip_endpoint_send(served, &m, 0) == SLIP_OK);
    until = SLIP_NEVER;
    HOLDS(sim_gather_wait(&party, port, &until, &at, &event, &count) == SLIP_OK && at == served);
    HOLDS(until == 0 && count == 0);
    HOLDS(sim_message_take(served, &m, 0) == SLIP_OK);
    m = (struct slip_message){.words = 1};
    HOLDS(slip_endpoint_send(own, &m, 0) == SLIP_OK);
    HOLDS(sim_gather_wait(&party, port, &until, &at, &event, &count) == SLIP_OK && at == own);

    /* Another party of the process that serves the same endpoint cannot gather as well. */
    struct sim_party second;
    slip_handle_t another, port_of_second = SLIP_NO_HANDLE;
    (void)open_server(&second, served);
    HOLDS(slip_endpoint_create(1, &another) == SLIP_OK);
    HOLDS(sim_party_gather(&second, another, &port_of_second) == SLIP_ALREADY);
    HOLDS(port_of_second == SLIP_NO_HANDLE && second.wait_object == served);
    sim_party_fini(&second);
    sim_party_port_close(&party, port);
    sim_party_fini(&party);
}

Test(design_kit, one_wait_for_two_endpoints)
{
    run(gather_root);
}

static void port_root(void)
{
    struct sim_party party;
    struct sim_link *link;
    slip_handle_t port = SLIP_NO_HANDLE;
    slip_handle_t served = open_server(&party, SLIP_NO_HANDLE);
    HOLDS(sim_party_port(&party, 2, &port) == SLIP_OK && party.wait_object == port);
    slip_handle_t before = port;
    HOLDS(sim_party_port(&party, 4, &port) == SLIP_OK && port != before && !is_open(before));
    HOLDS(sim_party_port(&party, 0, &port) == SLIP_BAD_ARGUMENT && is_open(port));
    struct slip_message m = {.words = 1};
    struct slip_completion ready;
    uint32_t count;
    HOLDS(slip_endpoint_send(served, &m, 0) == SLIP_OK); /* it is attached to the new one */
    HOLDS(slip_port_wait(port, &ready, 1, 1, 0, &count) == SLIP_OK && ready.key == served);
    HOLDS(sim_party_connect(&party, 1, 1, &link) == SLIP_OK);
    link->outstanding = 1;
    HOLDS(sim_party_port(&party, 8, &port) == SLIP_ALREADY && is_open(port));
    link->outstanding = 0;
    sim_party_port_close(&party, port);
    sim_party_fini(&party);
}

Test(design_kit, a_port_is_replaced_by_a_larger_one)
{
    run(port_root);
}

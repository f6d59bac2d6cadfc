/* What a request lends: who may touch it, how, and until when. */
#include "tests/semantics/support.h"

#include <string.h>

/* ---- RQ-12: reading and writing ------------------------------------------------------------------ */

/* Submits with one range lent and takes it: the server's token. */
static slip_request_t lent(slip_handle_t endpoint, slip_handle_t link, const struct slip_lend *lend,
                           uint32_t lends)
{
    struct slip_message m = {.lends = lends};
    EXPECT_OK(slip_endpoint_submit(link, &m, lend, 1, SLIP_NEVER));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_EQ(m.lends, lends == 0 ? 1 : lends);
    for (uint32_t i = 0; i < m.lends; i++)
        EXPECT(m.area.lent[i].length == lend[i].length && m.area.lent[i].right == lend[i].right);
    return m.request;
}

static void read_and_write(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(4), link = connection(endpoint, port);
    void *memory;
    slip_handle_t buffer = new_buffer(8192, &memory);
    char *bytes = memory, got[16] = "";
    memcpy(bytes + 100, "lent to you", 12);
    struct slip_lend both[2] = {{buffer, 100, 50, SLIP_LEND_READ},
                                {buffer, 200, 50, SLIP_LEND_WRITE}};
    slip_request_t r = lent(endpoint, link, both, 2);
    EXPECT_OK(slip_request_read(r, 0, got, 12));
    EXPECT(memcmp(got, "lent to you", 12) == 0);
    EXPECT_OK(slip_request_read_lend(r, 0, 5, got, 2));
    EXPECT(memcmp(got, "to", 2) == 0);
    EXPECT_OK(slip_request_write_lend(r, 1, 1, "written", 8));
    EXPECT(memcmp(bytes + 201, "written", 8) == 0);
    EXPECT_OK(slip_request_write_lend(r, 1, 49, "x", 1)); /* literals are readable by all */
    EXPECT_OK(slip_request_read(r, 50, got, 0));
    /* what must not be */
    EXPECT_STATUS(slip_request_read_lend(r, 0, 50, got, 1), BAD_ARGUMENT);
    EXPECT_STATUS(slip_request_read_lend(r, 0, 45, got, 6), BAD_ARGUMENT);
    EXPECT_STATUS(slip_request_read_lend(r, 0, ~0UL, got, 2), BAD_ARGUMENT);
    EXPECT_STATUS(slip_request_read_lend(r, 0, 1, got, ~0UL), BAD_ARGUMENT);
    EXPECT_STATUS(slip_request_read_lend(r, 2, 0, got, 1), BAD_ARGUMENT);
    EXPECT_STATUS(slip_request_read_lend(r, 1, 0, got, 1), NO_RIGHT);
    EXPECT_STATUS(slip_request_write_lend(r, 0, 0, got, 1), NO_RIGHT);
    EXPECT_STATUS(slip_request_read(r, 0, NULL, 1), BAD_ADDRESS);
    EXPECT_STATUS(slip_request_read(r, 0, sim_argument(), 1), BAD_ADDRESS);
    EXPECT_STATUS(slip_request_write_lend(r, 1, 0, sim_argument(), 1), BAD_ADDRESS);
    EXPECT_STATUS(slip_request_read(0, 0, got, 1), STALE);
}

Test(request, a_server_reads_and_writes_what_is_lent_and_nothing_beside_it)
{
    scene(1, read_and_write);
}

static void bad_lends(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(2), link = connection(endpoint, port);
    void *memory;
    slip_handle_t buffer = new_buffer(4096, &memory);
    slip_handle_t read_only = copy_of(buffer, SLIP_RIGHT_READ, 0);
    static const struct slip_lend zero;
    struct {
        struct slip_lend lend;
        slip_status_t wanted;
    } all[] = {
        {{~buffer, 0, 1, SLIP_LEND_READ}, SLIP_BAD_HANDLE},
        {{0, 0, 1, SLIP_LEND_READ}, SLIP_BAD_HANDLE},
        {{port, 0, 1, SLIP_LEND_READ}, SLIP_WRONG_TYPE},
        {{read_only, 0, 1, SLIP_LEND_WRITE}, SLIP_NO_RIGHT},
        {{read_only, 0, 1, SLIP_LEND_READ | SLIP_LEND_WRITE}, SLIP_NO_RIGHT},
        {{buffer, 4096, 1, SLIP_LEND_READ}, SLIP_BAD_ARGUMENT},
        {{buffer, 4097, 0, SLIP_LEND_READ}, SLIP_BAD_ARGUMENT},
        {{buffer, 1, ~0UL, SLIP_LEND_READ}, SLIP_BAD_ARGUMENT},
        {{buffer, 0, 1, 0}, SLIP_BAD_ARGUMENT},
        {{buffer, 0, 1, 16}, SLIP_BAD_ARGUMENT},
        {{buffer, 0, 1, SLIP_LEND_ONWARD}, SLIP_BAD_ARGUMENT},
        {{buffer, 0, 1, SLIP_LEND_READ | SLIP_LEND_ONWARD}, SLIP_STALE},
        {{buffer, 0, 1, SLIP_LEND_READ | SLIP_LEND_ONWARD | SLIP_LEND_ONWARD_SECOND},
         SLIP_BAD_ARGUMENT},
    };
    for (uint32_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct slip_message m = empty();
        EXPECT_EQ(slip_endpoint_submit(link, &m, &all[i].lend, i, SLIP_NEVER), all[i].wanted);
        EXPECT_EQ(slip_endpoint_call(endpoint, &m, &all[i].lend, NULL, SLIP_NEVER), all[i].wanted);
    }
    struct slip_message m = {.lends = 3};
    EXPECT_STATUS(slip_endpoint_submit(link, &m, &zero, 1, SLIP_NEVER), BAD_ARGUMENT);
    EXPECT_EQ(raw(SLIP_CALL_endpoint_submit, link, slip_tag(0, 0, 1, 0), 0,
                  (uintptr_t)sim_argument(), 1, SLIP_NEVER),
              SLIP_BAD_ADDRESS);
    EXPECT_EQ(raw(SLIP_CALL_endpoint_call, endpoint, slip_tag(0, 0, 1, 0), 0, 0, SLIP_NEVER, 0),
              SLIP_BAD_ADDRESS);
    m = empty();
    EXPECT_STATUS(poll_endpoint(endpoint, &m), WOULD_BLOCK); /* none of these was seen */
    EXPECT_OK(submit_key(link, 1));                          /* and no slot was lost */
    EXPECT_OK(submit_key(link, 2));
}

Test(request, a_wrong_lend_fails_the_call_before_anybody_sees_it)
{
    scene(1, bad_lends);
}

/* ---- BU-7: access ends with the request ------------------------------------------------------------- */

static void ends_with_request(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(4), link = connection(endpoint, port);
    void *memory;
    slip_handle_t buffer = new_buffer(4096, &memory);
    struct slip_lend lend = {buffer, 0, 100, SLIP_LEND_READ};
    char byte;
    slip_request_t r = lent(endpoint, link, &lend, 0);
    EXPECT_OK(slip_request_read(r, 0, &byte, 1));
    EXPECT_OK(slip_request_reply(r, SLIP_OK, 0));
    EXPECT_STATUS(slip_request_read(r, 0, &byte, 1), STALE);
    EXPECT_STATUS(device_begin_request(r, SLIP_LEND_READ), STALE);
    r = lent(endpoint, link, &lend, 0);
    EXPECT_OK(slip_port_cancel(port, 1, 0, NULL));
    EXPECT_STATUS(slip_request_read(r, 0, &byte, 1), STALE);
    r = lent(endpoint, link, &lend, 0);
    EXPECT_OK(slip_buffer_revoke(buffer, 0)); /* the request goes on without it */
    EXPECT_STATUS(slip_request_read(r, 0, &byte, 1), STALE);
    EXPECT_OK(slip_request_reply(r, SLIP_OK, 0));
}

Test(request, access_to_what_is_lent_ends_with_the_request)
{
    scene(1, ends_with_request);
}

static void lend_and_hang(void)
{
    void *memory;
    slip_handle_t buffer = new_buffer(4096, &memory);
    struct slip_lend lend = {buffer, 0, 100, SLIP_LEND_READ | SLIP_LEND_WRITE};
    struct slip_message m = empty();
    slip_endpoint_call(slip_start_handle(), &m, &lend, NULL, SLIP_NEVER);
}

static void lender_dies(void)
{
    slip_handle_t endpoint = new_endpoint(4);
    struct slip_message m;
    char byte;
    slip_handle_t client =
        process_at(ABOVE, "client", lend_and_hang, copy_of(endpoint, SLIP_RIGHT_SEND, 0));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_OK(slip_request_read(m.request, 0, &byte, 1));
    kill_and_reap(client);
    EXPECT_STATUS(slip_request_read(m.request, 0, &byte, 1), STALE);
    EXPECT_STATUS(slip_request_write(m.request, 0, &byte, 1), STALE);
}

Test(request, the_death_of_who_lent_ends_the_access)
{
    scene(1, lender_dies);
}

static void pinned_lender_dies(void)
{
    slip_handle_t endpoint = new_endpoint(4);
    struct slip_message m;
    slip_handle_t client =
        process_at(ABOVE, "client", lend_and_hang, copy_of(endpoint, SLIP_RIGHT_SEND, 0));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_OK(device_begin_request(m.request, SLIP_LEND_WRITE));
    EXPECT_OK(slip_process_kill(client));
    EXPECT_STATUS(slip_process_wait(client, slip_clock_now() + 100000), TIMED_OUT);
    EXPECT_STATUS(slip_request_reply(m.request, SLIP_OK, 0), STALE);
    memset(device_address(), 1, 8); /* the memory is there as long as the device is at it */
    device_end();
    EXPECT_EQ(reap(client), SLIP_EXIT_KILLED);
}

Test(request, a_dead_lenders_memory_stays_until_the_device_is_done)
{
    scene(1, pinned_lender_dies);
}

/* ---- BU-8: a device delays the end ---------------------------------------------------------------------- */

static void pin_delays(void)
{
    slip_handle_t endpoint = new_endpoint(4), port = new_port(4), link = connection(endpoint, port);
    void *memory;
    slip_handle_t buffer = new_buffer(4096, &memory);
    struct slip_lend lend = {buffer, 0, 100, SLIP_LEND_WRITE};
    struct slip_completion c = {.key = 0};
    slip_request_t r = lent(endpoint, link, &lend, 0);
    EXPECT_STATUS(device_begin_request(r, SLIP_LEND_READ), NO_RIGHT);
    EXPECT_OK(device_begin_request(r, SLIP_LEND_WRITE));
    EXPECT(device_address() == memory);
    EXPECT_STATUS(slip_request_pass(r, endpoint), ALREADY);
    EXPECT_OK(slip_request_reply(r, SLIP_OK, 5)); /* it does not wait */
    EXPECT_STATUS(slip_request_reply(r, SLIP_OK, 6), STALE);
    EXPECT_EQ(poll_port(port, &c), 0); /* but the client does */
    device_end();
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT(c.status == SLIP_OK && c.result == 5);

    r = lent(endpoint, link, &lend, 0);
    EXPECT_OK(device_begin_request(r, SLIP_LEND_WRITE));
    uint32_t ended = 0;
    EXPECT_OK(slip_port_cancel(port, 1, 0, &ended));
    EXPECT_EQ(ended, 1);
    EXPECT_OK(slip_port_cancel(port, 1, 0, &ended));
    EXPECT_EQ(ended, 0); /* it is ending already */
    EXPECT_STATUS(slip_request_reply(r, SLIP_OK, 6), STALE);
    EXPECT_EQ(poll_port(port, &c), 0);
    device_end();
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT_EQ(c.status, SLIP_CANCELLED);
}

Test(request, its_end_is_decided_at_once_and_delivered_when_the_device_is_done)
{
    scene(1, pin_delays);
}

static void call_lending(uint64_t endpoint)
{
    void *memory;
    slip_handle_t buffer = new_buffer(4096, &memory);
    struct slip_lend lend = {buffer, 0, 100, SLIP_LEND_READ};
    struct slip_message m = empty();
    EXPECT_STATUS(slip_endpoint_call(endpoint, &m, &lend, NULL, slip_clock_now() + 20000),
                  TIMED_OUT);
    put(0, 1);
}

static void late_with_pin(void)
{
    slip_handle_t endpoint = new_endpoint(4);
    struct slip_message m = empty();
    drop(thread_at(ABOVE, call_lending, endpoint));
    EXPECT_OK(slip_endpoint_wait(endpoint, &m, SLIP_NEVER));
    EXPECT_OK(device_begin_request(m.request, SLIP_LEND_READ));
    slip_thread_sleep_until(slip_clock_now() + 2000000);
    EXPECT_STATUS(slip_request_reply(m.request, SLIP_OK, 0), STALE);
    EXPECT_EQ(get(0), 0);
    device_end();
    give_way();
    EXPECT_EQ(get(0), 1);
}

Test(request, a_late_call_returns_when_the_device_is_done)
{
    scene_exact(1, late_with_pin);
}

/* ---- RQ-24: lending on -------------------------------------------------------------------------------------- */

static void onward(void)
{
    slip_handle_t outer = new_endpoint(4), port = new_port(4), link = connection(outer, port);
    slip_handle_t inner = new_endpoint(4), inner_link = connection(inner, port);
    void *memory;
    slip_handle_t buffer = new_buffer(4096, &memory);
    struct slip_lend lend[2] = {{buffer, 0, 10, SLIP_LEND_READ},
                                {buffer, 1000, 100, SLIP_LEND_READ | SLIP_LEND_WRITE}};
    struct slip_message m = empty();
    struct slip_completion c;
    strcpy((char *)memory + 1020, "deep");
    slip_request_t r = lent(outer, link, lend, 2);
    struct slip_lend on = {r, 20, 10, SLIP_LEND_READ | SLIP_LEND_ONWARD_SECOND};
    struct slip_lend more = {r, 0, 10, SLIP_LEND_WRITE | SLIP_LEND_ONWARD};
    struct slip_lend longer = {r, 0, 11, SLIP_LEND_READ | SLIP_LEND_ONWARD};
    EXPECT_STATUS(slip_endpoint_submit(inner_link, &m, &more, 2, SLIP_NEVER), NO_RIGHT);
    EXPECT_STATUS(slip_endpoint_submit(inner_link, &m, &longer, 2, SLIP_NEVER), BAD_ARGUMENT);
    EXPECT_OK(slip_endpoint_submit(inner_link, &m, &on, 2, SLIP_NEVER));
    EXPECT_OK(poll_endpoint(inner, &m));
    char got[8] = "";
    EXPECT_OK(slip_request_read(m.request, 0, got, 5));
    EXPECT(strcmp(got, "deep") == 0);
    EXPECT_STATUS(slip_request_write(m.request, 0, got, 1), NO_RIGHT);
    EXPECT_OK(slip_request_reply(r, SLIP_OK, 0)); /* the outer one ends */
    EXPECT_STATUS(slip_request_read(m.request, 0, got, 1), STALE);
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
    EXPECT_EQ(poll_port(port, &c), 2);
}

Test(request, what_is_lent_can_be_lent_on_with_no_more_rights_and_no_longer)
{
    scene(1, onward);
}

static void onward_pinned(void)
{
    slip_handle_t outer = new_endpoint(4), port = new_port(4), link = connection(outer, port);
    slip_handle_t inner = new_endpoint(4), inner_port = new_port(4);
    slip_handle_t inner_link = connection(inner, inner_port);
    void *memory;
    slip_handle_t buffer = new_buffer(4096, &memory);
    struct slip_lend lend = {buffer, 0, 100, SLIP_LEND_READ};
    struct slip_message m = empty();
    struct slip_completion c;
    slip_request_t r = lent(outer, link, &lend, 0);
    struct slip_lend on = {r, 20, 10, SLIP_LEND_READ | SLIP_LEND_ONWARD};
    EXPECT_OK(slip_endpoint_submit(inner_link, &m, &on, 2, SLIP_NEVER));
    EXPECT_OK(poll_endpoint(inner, &m));
    EXPECT_OK(device_begin_request(m.request, SLIP_LEND_READ));
    EXPECT_OK(slip_request_reply(r, SLIP_OK, 0));
    EXPECT_EQ(poll_port(port, &c), 0); /* the outer request waits for the inner one's device */
    device_end();
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT_EQ(poll_port(inner_port, &c), 0); /* the inner one is its server's business */
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
    EXPECT_EQ(poll_port(inner_port, &c), 1);
}

Test(request, the_outer_request_waits_for_a_device_at_work_on_what_was_lent_on)
{
    scene(1, onward_pinned);
}

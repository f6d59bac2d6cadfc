/* Every call with every kind of handle that it does not take, and with addresses of nobody: the
 * right status, and nothing happens. */
#include "tests/semantics/support.h"

/* Calls whose first argument is a handle, and what else they need to get that far. */
#define CALLS_ON_HANDLES(X)                                                                        \
    X(endpoint_connect, endpoint)                                                                  \
    X(endpoint_send, endpoint)                                                                     \
    X(endpoint_submit, endpoint)                                                                   \
    X(endpoint_call, endpoint)                                                                     \
    X(endpoint_wait, endpoint)                                                                     \
    X(endpoint_receive, endpoint)                                                                  \
    X(endpoint_wait_batch, endpoint)                                                               \
    X(endpoint_reply_wait, endpoint)                                                               \
    X(port_post, port)                                                                             \
    X(port_wait, port)                                                                             \
    X(port_cancel, port)                                                                           \
    X(port_attach, port)                                                                           \
    X(port_detach, port)                                                                           \
    X(interrupt_bind, interrupt)                                                                   \
    X(interrupt_unbind, interrupt)                                                                 \
    X(interrupt_acknowledge, interrupt)                                                            \
    X(buffer_unregister, buffer)                                                                   \
    X(buffer_share, buffer)                                                                        \
    X(buffer_revoke, buffer)                                                                       \
    X(buffer_read, buffer)                                                                         \
    X(buffer_write, buffer)                                                                        \
    X(process_start, process)                                                                      \
    X(process_kill, process)                                                                       \
    X(process_wait, process)                                                                       \
    X(thread_cancel, thread)                                                                       \
    X(thread_priority, thread)                                                                     \
    X(thread_affinity, thread)

enum kind {
    kind_endpoint,
    kind_port,
    kind_interrupt,
    kind_buffer,
    kind_process,
    kind_thread,
    KINDS
};

static const struct {
    const char *name;
    uint64_t number;
    enum kind kind;
} calls[] = {
#define ROW(name, kind) {#name, SLIP_CALL_##name, kind_##kind},
    CALLS_ON_HANDLES(ROW)
#undef ROW
};

static void call_for_ever(uint64_t endpoint)
{
    call_word(endpoint, 1);
}

static void one_of_each(slip_handle_t handle[KINDS])
{
    void *memory;
    handle[kind_endpoint] = new_endpoint(0);
    handle[kind_port] = new_port(1);
    handle[kind_buffer] = new_buffer(100, &memory);
    EXPECT_OK(slip_interrupt_create(SCENE_LINE, &handle[kind_interrupt]));
    EXPECT_OK(slip_process_create("idle", &handle[kind_process]));
    handle[kind_thread] = thread_at(ABOVE, call_for_ever, handle[kind_endpoint]);
}

static int32_t try(uint32_t i, slip_handle_t handle)
{
    /* Arguments that are as wrong as can be, since the handle is looked at before them; but which
     * right a share needs is in its second one. */
    uint64_t second = calls[i].number == SLIP_CALL_buffer_share ? SLIP_RIGHT_READ : ~0UL;
    return raw(calls[i].number, handle, second, ~0UL, 1, 64, 0);
}

/* Numbers of the first generation that no table has, at either end of each size that one grows to,
 * and those of another generation than a handle's: how many are not refused. */
static uint32_t strangers_taken(uint32_t i, slip_handle_t handle)
{
    uint64_t first = (uint64_t)1 << 32;
    uint32_t taken = 0;
    for (uint64_t number = UINT32_MAX - 130; number <= UINT32_MAX; number++)
        taken += try(i, first | number) != SLIP_BAD_HANDLE;
    for (uint32_t bit = 7; bit < 32; bit++)
        for (uint64_t number = first >> bit; number <= (first >> bit) + 65; number++)
            taken += number > 64 && try(i, first | number) != SLIP_BAD_HANDLE;
    for (uint32_t bit = 32; bit < 64; bit++)
        taken += try(i, handle ^ (uint64_t)1 << bit) != SLIP_BAD_HANDLE;
    return taken;
}

static void strangers(void)
{
    slip_handle_t handle[KINDS];
    one_of_each(handle);
    EXPECT(scene_process().handles < 64);
    for (uint32_t i = 0; i < sizeof calls / sizeof *calls; i++)
        scene_expect_equal(strangers_taken(i, handle[calls[i].kind]), 0, calls[i].name, 0, "taken");
    EXPECT_OK(slip_process_kill(handle[kind_process]));
    drop(handle[kind_endpoint]);
}

Test(arguments, no_call_takes_a_number_or_a_generation_that_is_none)
{
    scene(1, strangers);
}

static void kinds(void)
{
    slip_handle_t handle[KINDS], bare[KINDS], closed = new_port(1);
    one_of_each(handle);
    drop(closed);
    for (uint32_t kind = 0; kind < KINDS; kind++)
        bare[kind] = copy_of(handle[kind], 0, 0);
    uint32_t handles = scene_process().handles;
    for (uint32_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        scene_expect_status(try(i, closed), SLIP_BAD_HANDLE, calls[i].name, 1, "closed");
        scene_expect_status(try(i, ~0UL), SLIP_BAD_HANDLE, calls[i].name, 2, "none");
        if (calls[i].kind != kind_thread)
            scene_expect_status(try(i, 0), SLIP_BAD_HANDLE, calls[i].name, 3, "zero");
        for (uint32_t kind = 0; kind < KINDS; kind++)
            scene_expect_status(try(i, bare[kind]),
                                kind == calls[i].kind ? SLIP_NO_RIGHT : SLIP_WRONG_TYPE,
                                calls[i].name, 4 + (int)kind, "without rights");
    }
    EXPECT_EQ(scene_process().handles, handles);
    drop(bare[kind_endpoint]);
    EXPECT_OK(slip_process_kill(handle[kind_process]));
    drop(handle[kind_endpoint]);
}

Test(arguments, every_call_tells_bad_handle_wrong_type_and_missing_right_apart)
{
    scene(1, kinds);
}

static void second_handles(void)
{
    slip_handle_t handle[KINDS], link;
    one_of_each(handle);
    EXPECT_STATUS(slip_endpoint_connect(handle[kind_endpoint], ~0UL, &link), BAD_HANDLE);
    EXPECT_STATUS(slip_endpoint_connect(handle[kind_endpoint], handle[kind_buffer], &link),
                  WRONG_TYPE);
    slip_handle_t post = copy_of(handle[kind_port], SLIP_RIGHT_POST, 0);
    EXPECT_STATUS(slip_endpoint_connect(handle[kind_endpoint], post, &link), NO_RIGHT);
    EXPECT_STATUS(slip_port_attach(handle[kind_port], ~0UL, 1, SLIP_ATTACH_LEVEL), BAD_HANDLE);
    EXPECT_STATUS(slip_port_attach(handle[kind_port], handle[kind_port], 1, SLIP_ATTACH_LEVEL),
                  WRONG_TYPE);
    slip_handle_t send = copy_of(handle[kind_endpoint], SLIP_RIGHT_SEND, 0);
    EXPECT_STATUS(slip_port_attach(handle[kind_port], send, 1, SLIP_ATTACH_LEVEL), NO_RIGHT);
    EXPECT_STATUS(slip_port_detach(handle[kind_port], send, NULL), NO_RIGHT);
    struct slip_message m = empty();
    EXPECT_STATUS(slip_endpoint_submit(send, &m, NULL, 1, SLIP_NEVER), WRONG_TYPE); /* no port */
    EXPECT_OK(slip_endpoint_connect(send, handle[kind_port], &link));
    EXPECT_STATUS(slip_endpoint_wait(link, &m, 0), NO_RIGHT); /* a connection is to send by */
    EXPECT_OK(slip_process_kill(handle[kind_process]));
    drop(handle[kind_endpoint]);
}

Test(arguments, second_handles_are_checked_like_first_ones)
{
    scene(1, second_handles);
}

static void addresses(void)
{
    slip_handle_t endpoint = new_endpoint(1), port = new_port(1), link = connection(endpoint, port);
    uint64_t bad[] = {1,         (uintptr_t)sim_argument(), ~0UL,
                      ~0UL - 63, (uint64_t)1 << 63,         (uintptr_t)faulting_page()};
    uint64_t tag = slip_tag(8, 0, 0, 0);
    for (uint32_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        EXPECT_EQ(raw(SLIP_CALL_endpoint_send, endpoint, tag, bad[i], 0, 0, 0), SLIP_BAD_ADDRESS);
        EXPECT_EQ(raw(SLIP_CALL_endpoint_submit, link, tag, bad[i], 0, 1, SLIP_NEVER),
                  SLIP_BAD_ADDRESS);
        EXPECT_EQ(raw(SLIP_CALL_debug_print, bad[i], 1, 0, 0, 0, 0), SLIP_BAD_ADDRESS);
        EXPECT_EQ(raw(SLIP_CALL_process_create, bad[i], 1, 0, 0, 0, 0), SLIP_BAD_ADDRESS);
    }
    for (uint32_t i = 0; i + 1 < sizeof bad / sizeof *bad; i++) {
        EXPECT_EQ(raw(SLIP_CALL_endpoint_call, endpoint, tag, bad[i], 0, 0, 0), SLIP_BAD_ADDRESS);
        EXPECT_EQ(raw(SLIP_CALL_endpoint_wait, endpoint, bad[i], 0, 0, 0, 0), SLIP_BAD_ADDRESS);
        EXPECT_EQ(
            raw(SLIP_CALL_endpoint_wait_batch, endpoint, bad[i], (uint64_t)1 << 32 | 1, 0, 0, 0),
            SLIP_BAD_ADDRESS);
        EXPECT_EQ(raw(SLIP_CALL_port_wait, port, bad[i], (uint64_t)1 << 32 | 1, 0, 0, 0),
                  SLIP_BAD_ADDRESS);
    }
    struct slip_message m = {.area = {.data = sim_argument()}, .bytes = 100};
    EXPECT_STATUS(slip_endpoint_send(endpoint, &m, 0), BAD_ADDRESS);
    EXPECT_STATUS(slip_endpoint_call(endpoint, &m, NULL, NULL, 0), BAD_ADDRESS);
    m.area.data = (char *)slip_message_area() + 64; /* begins inside, ends outside */
    m.bytes = SLIP_MESSAGE_BYTES_MAX;
    slip_status_t status = slip_endpoint_send(endpoint, &m, 0);
    EXPECT(status == SLIP_BAD_ADDRESS || status == SLIP_TOO_LONG);
    EXPECT_STATUS(poll_endpoint(endpoint, &m), WOULD_BLOCK); /* none of them was queued */
    EXPECT_OK(submit_key(link, 1));                          /* and no slot was lost */
}

Test(arguments, addresses_of_nobody_fail_the_call_and_nothing_happens)
{
    scene(1, addresses);
}

static void tags(void)
{
    slip_handle_t endpoint = new_endpoint(1), port = new_port(1), link = connection(endpoint, port);
    struct slip_message m = {.words = SLIP_MESSAGE_WORDS + 1};
    EXPECT_STATUS(slip_endpoint_send(endpoint, &m, 0), TOO_LONG);
    m = (struct slip_message){.handles = SLIP_MESSAGE_HANDLES + 1};
    EXPECT_STATUS(slip_endpoint_send(endpoint, &m, 0), BAD_ARGUMENT);
    m = (struct slip_message){.handles = 1000};
    EXPECT_STATUS(slip_endpoint_send(endpoint, &m, 0), BAD_ARGUMENT);
    m = (struct slip_message){.bytes = ~0U};
    EXPECT_STATUS(slip_endpoint_call(endpoint, &m, NULL, NULL, 0), TOO_LONG);
    m = (struct slip_message){.bytes = 65};
    EXPECT_STATUS(slip_endpoint_submit(link, &m, NULL, 1, 0), BAD_ADDRESS);
    m.area.data = slip_message_area();
    EXPECT_STATUS(slip_endpoint_submit(link, &m, NULL, 1, 0), TOO_LONG);
    m = (struct slip_message){.flags = 4};
    EXPECT_STATUS(slip_endpoint_send(endpoint, &m, 0), BAD_ARGUMENT);
    EXPECT_STATUS(slip_endpoint_submit(link, &m, NULL, 1, 0), BAD_ARGUMENT);
    m = (struct slip_message){.flags = SLIP_SEND_COOPERATIVE};
    EXPECT_STATUS(slip_endpoint_send(endpoint, &m, 0), BAD_ARGUMENT);
    m = (struct slip_message){.flags = SLIP_SEND_FAIL_FULL};
    EXPECT_STATUS(slip_endpoint_call(endpoint, &m, NULL, NULL, 0), BAD_ARGUMENT);
    EXPECT_EQ(raw(SLIP_CALL_endpoint_send, endpoint, slip_tag(0, 0, 1, 0), 0, 0, 0, 0),
              SLIP_BAD_ARGUMENT); /* a send lends nothing */
    EXPECT_STATUS(poll_endpoint(endpoint, &m), WOULD_BLOCK);
}

Test(arguments, lengths_counts_and_flags_out_of_range_fail_the_call)
{
    scene(1, tags);
}

/* Out values that are written by hand when all went well are 0 when it did not. */
static void out_values(void)
{
    uint64_t code = 9;
    uint32_t told = 9, withdrawn = 9, unbound = 9, effective = 9;
    EXPECT_STATUS(slip_process_wait_code(1, 0, &code), BAD_HANDLE);
    EXPECT_STATUS(slip_port_cancel(0, 1, 0, &told), BAD_HANDLE);
    EXPECT_STATUS(slip_port_detach(new_port(1), new_endpoint(0), &withdrawn), STALE);
    EXPECT_STATUS(slip_interrupt_unbind(0, &unbound), BAD_HANDLE);
    EXPECT_STATUS(slip_thread_priority(SLIP_SELF, SLIP_PRIORITY_MAX + 1, &effective), BAD_ARGUMENT);
    EXPECT(code == 0 && told == 0 && withdrawn == 0 && unbound == 0 && effective == 0);
}

Test(arguments, out_values_are_0_when_a_call_fails)
{
    scene(1, out_values);
}

/* Buffers: registering, sharing, revoking, devices. */
#include "tests/semantics/support.h"

#include <string.h>

/* ---- BU-1, BU-2: making and registering ----------------------------------------------------------- */

static void making(void)
{
    void *memory = NULL;
    slip_handle_t buffer = 0;
    EXPECT_STATUS(slip_buffer_create(0, &buffer, &memory), BAD_ARGUMENT);
    EXPECT_STATUS(slip_buffer_create(SLIP_BUFFER_BYTES_MAX + 1, &buffer, &memory), BAD_ARGUMENT);
    drop(new_endpoint(0)); /* the first handle brings the table */
    uint64_t before = scene_process().used;
    buffer = new_buffer(5000, &memory);
    EXPECT(scene_process().used >= before + 8192);
    const char *bytes = memory;
    for (uint32_t i = 0; i < 8192; i++) /* whole pages, zeroed */
        if (bytes[i] != 0)
            EXPECT(bytes[i] == 0);
    EXPECT_STATUS(slip_buffer_write(buffer, 4999, "ab", 2),
                  BAD_ARGUMENT); /* as long as asked for */
    EXPECT_OK(slip_buffer_write(buffer, 4999, "a", 1));
    EXPECT_EQ(bytes[4999], 'a');
    drop(buffer);
    EXPECT_EQ(scene_process().used, before);
}

Test(buffer, brings_zeroed_pages_that_are_charged_until_it_is_closed)
{
    scene(1, making);
}

static void registering(void)
{
    char mine[100] = "mine", got[8] = "";
    slip_handle_t buffer = 0;
    EXPECT_STATUS(slip_buffer_register(mine, 0, &buffer), BAD_ARGUMENT);
    EXPECT_STATUS(slip_buffer_register(mine, SLIP_BUFFER_BYTES_MAX + 1, &buffer), BAD_ARGUMENT);
    EXPECT_STATUS(slip_buffer_register(NULL, 1, &buffer), BAD_ADDRESS);
    EXPECT_STATUS(slip_buffer_register(sim_argument(), 1, &buffer), BAD_ADDRESS);
    EXPECT_EQ(raw(SLIP_CALL_buffer_register, (uintptr_t) "literal", 1, 0, 0, 0, 0),
              SLIP_BAD_ADDRESS); /* readable by all, and nobody's own */
    EXPECT_OK(slip_buffer_register(mine, sizeof mine, &buffer));
    EXPECT_OK(slip_buffer_read(buffer, 0, got, 5));
    EXPECT(memcmp(got, "mine", 5) == 0);
    EXPECT_OK(slip_buffer_write(buffer, 1, "u", 1));
    EXPECT(memcmp(mine, "mune", 5) == 0);
    drop(buffer);
    EXPECT(memcmp(mine, "mune", 5) == 0); /* the memory was the process's own and stays */
}

Test(buffer, registers_memory_that_the_process_has)
{
    scene(1, registering);
}

/* ---- BU-6: reading and writing --------------------------------------------------------------------- */

static void copying(void)
{
    void *memory;
    slip_handle_t buffer = new_buffer(4096, &memory);
    slip_handle_t read = copy_of(buffer, SLIP_RIGHT_READ, 0);
    slip_handle_t write = copy_of(buffer, SLIP_RIGHT_WRITE, 0);
    char bytes[8] = "1234567";
    EXPECT_OK(slip_buffer_write(write, 4088, bytes, 8));
    memset(bytes, 0, sizeof bytes);
    EXPECT_OK(slip_buffer_read(read, 4088, bytes, 8));
    EXPECT(memcmp(bytes, "1234567", 8) == 0);
    EXPECT_STATUS(slip_buffer_read(write, 0, bytes, 1), NO_RIGHT);
    EXPECT_STATUS(slip_buffer_write(read, 0, bytes, 1), NO_RIGHT);
    EXPECT_STATUS(slip_buffer_read(read, 4089, bytes, 8), BAD_ARGUMENT);
    EXPECT_STATUS(slip_buffer_read(read, ~0UL, bytes, 2), BAD_ARGUMENT);
    EXPECT_STATUS(slip_buffer_read(read, 2, bytes, ~0UL), BAD_ARGUMENT);
    EXPECT_STATUS(slip_buffer_read(read, 0, NULL, 1), BAD_ADDRESS);
    EXPECT_STATUS(slip_buffer_read(read, 0, sim_argument(), 1), BAD_ADDRESS);
    EXPECT_STATUS(slip_buffer_write(write, 0, sim_argument(), 1), BAD_ADDRESS);
    EXPECT_STATUS(slip_buffer_read(read, 0, faulting_page(), 1), BAD_ADDRESS);
    EXPECT_OK(slip_buffer_read(read, 4096, bytes, 0));
}

Test(buffer, is_read_and_written_within_its_range_and_rights)
{
    scene(1, copying);
}

/* ---- BU-4: sharing -------------------------------------------------------------------------------------- */

static void use_share(void)
{
    struct slip_message m = empty();
    char got[8] = "";
    EXPECT_OK(slip_endpoint_wait(slip_start_handle(), &m, SLIP_NEVER));
    slip_handle_t share = m.handle[0];
    EXPECT_OK(slip_buffer_read(share, 0, got, 6));
    EXPECT(memcmp(got, "share", 6) == 0);
    EXPECT_STATUS(slip_buffer_write(share, 0, got, 1), NO_RIGHT);
    EXPECT_STATUS(slip_buffer_revoke(share, 0), NO_RIGHT);
    EXPECT_STATUS(slip_buffer_unregister(share, 0), NO_RIGHT);
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
    m = empty();
    EXPECT_OK(slip_endpoint_wait(slip_start_handle(), &m, SLIP_NEVER));
    EXPECT_STATUS(slip_buffer_read(share, 0, got, 1), STALE);
    EXPECT_STATUS(slip_buffer_share(share, SLIP_RIGHT_READ, &share), STALE);
    EXPECT_OK(slip_request_reply(m.request, SLIP_OK, 0));
}

static void sharing(void)
{
    void *memory;
    slip_handle_t buffer = new_buffer(4096, &memory), endpoint = new_endpoint(0), share = 0;
    strcpy(memory, "share");
    EXPECT_STATUS(slip_buffer_share(buffer, 0, &share), BAD_ARGUMENT);
    EXPECT_STATUS(slip_buffer_share(buffer, SLIP_RIGHT_MANAGE, &share), BAD_ARGUMENT);
    slip_handle_t read_only = copy_of(buffer, SLIP_RIGHT_READ, 0);
    EXPECT_STATUS(slip_buffer_share(read_only, SLIP_RIGHT_WRITE, &share), NO_RIGHT);
    EXPECT_OK(slip_buffer_share(buffer, SLIP_RIGHT_READ, &share));
    slip_handle_t user =
        process_at(ABOVE, "user", use_share, copy_of(endpoint, SLIP_RIGHT_RECEIVE, 0));
    struct slip_message m = carrying(share);
    EXPECT_OK(slip_endpoint_call(endpoint, &m, NULL, NULL, SLIP_NEVER));
    EXPECT_OK(slip_buffer_revoke(buffer, SLIP_NEVER));
    EXPECT_OK(slip_buffer_read(buffer, 0, &share, 1)); /* its owner goes on */
    EXPECT_OK(call_word(endpoint, 0));
    reap(user);
}

Test(buffer, a_share_gives_access_until_it_is_revoked)
{
    scene(1, sharing);
}

static void owner(void)
{
    void *memory;
    slip_handle_t buffer = new_buffer(4096, &memory), share = 0;
    EXPECT_OK(slip_buffer_share(buffer, SLIP_RIGHT_READ | SLIP_RIGHT_WRITE, &share));
    struct slip_message m = carrying(share);
    EXPECT_OK(slip_endpoint_send(slip_start_handle(), &m, SLIP_NEVER));
}

static void owner_dies(void)
{
    slip_handle_t endpoint = new_endpoint(1);
    struct slip_message m;
    char byte;
    reap(process_at(ABOVE, "owner", owner, copy_of(endpoint, SLIP_RIGHT_SEND, 0)));
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_STATUS(slip_buffer_read(m.handle[0], 0, &byte, 1), STALE);
    EXPECT_STATUS(slip_buffer_write(m.handle[0], 0, &byte, 1), STALE);
    EXPECT_STATUS(device_begin_buffer(m.handle[0], SLIP_LEND_READ), STALE);
    drop(m.handle[0]);
}

Test(buffer, a_share_is_stale_when_the_owner_is_gone)
{
    scene(1, owner_dies);
}

/* ---- BU-3, BU-5: ending access ------------------------------------------------------------------------------ */

static void unregistering(void)
{
    void *memory;
    slip_handle_t buffer = new_buffer(4096, &memory), share = 0;
    slip_handle_t copy = copy_of(buffer, SLIP_RIGHT_READ | SLIP_RIGHT_MANAGE, 0);
    char byte;
    EXPECT_OK(slip_buffer_share(buffer, SLIP_RIGHT_READ, &share));
    EXPECT_OK(slip_buffer_unregister(buffer, SLIP_NEVER));
    EXPECT_STATUS(slip_buffer_read(buffer, 0, &byte, 1), BAD_HANDLE);
    EXPECT_STATUS(slip_buffer_read(share, 0, &byte, 1), STALE);
    EXPECT_STATUS(slip_buffer_read(copy, 0, &byte, 1), STALE);
    EXPECT_STATUS(slip_buffer_share(copy, SLIP_RIGHT_READ, &share), STALE);
    slip_handle_t endpoint = new_endpoint(1);
    struct slip_lend lend = {copy, 0, 1, SLIP_LEND_READ};
    struct slip_message m = empty();
    EXPECT_STATUS(slip_endpoint_call(endpoint, &m, &lend, NULL, 0), STALE);
    EXPECT_OK(slip_buffer_unregister(copy, SLIP_NEVER));
}

Test(buffer, unregistering_ends_all_access_through_it)
{
    scene(1, unregistering);
}

static void revoke_waiting(uint64_t buffer)
{
    EXPECT_OK(slip_buffer_revoke(buffer, SLIP_NEVER));
    put(0, 1);
}

static void pinned(void)
{
    void *memory;
    slip_handle_t buffer = new_buffer(4096, &memory);
    slip_handle_t read_only = copy_of(buffer, SLIP_RIGHT_READ, 0);
    EXPECT_STATUS(device_begin_buffer(read_only, SLIP_LEND_WRITE), NO_RIGHT);
    EXPECT_OK(device_begin_buffer(read_only, SLIP_LEND_READ));
    EXPECT(device_address() == memory);
    EXPECT_STATUS(slip_buffer_revoke(buffer, 0), WOULD_BLOCK);
    EXPECT_STATUS(slip_buffer_revoke(buffer, slip_clock_now() + 1000), TIMED_OUT);
    char byte;
    EXPECT_STATUS(slip_buffer_read(read_only, 0, &byte, 1), STALE); /* revoked all the same */
    EXPECT_OK(slip_buffer_read(buffer, 0, &byte, 1));
    drop(thread_at(ABOVE, revoke_waiting, buffer));
    EXPECT_EQ(get(0), 0);
    device_end();
    give_way();
    EXPECT_EQ(get(0), 1);

    EXPECT_OK(device_begin_buffer(buffer, SLIP_LEND_WRITE));
    EXPECT_STATUS(slip_buffer_unregister(buffer, 0), WOULD_BLOCK);
    EXPECT_STATUS(slip_buffer_read(buffer, 0, &byte, 1), STALE);
    EXPECT_STATUS(slip_buffer_unregister(buffer, slip_clock_now() + 1000), TIMED_OUT);
    device_end();
    EXPECT_OK(slip_buffer_unregister(buffer, 0));
    EXPECT_STATUS(slip_buffer_unregister(buffer, 0), BAD_HANDLE);
}

Test(buffer, revoking_returns_when_no_device_is_at_it_and_a_late_one_is_revoked_all_the_same)
{
    scene(1, pinned);
}

static void server_does_not_delay(void)
{
    slip_handle_t endpoint = new_endpoint(1), port = new_port(1), link = connection(endpoint, port);
    void *memory;
    slip_handle_t buffer = new_buffer(4096, &memory);
    struct slip_lend lend = {buffer, 0, 8, SLIP_LEND_READ};
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_submit(link, &m, &lend, 1, SLIP_NEVER));
    EXPECT_OK(poll_endpoint(endpoint, &m)); /* held, and nobody will answer */
    EXPECT_OK(slip_buffer_unregister(buffer, SLIP_NEVER));
}

Test(buffer, unregistering_never_waits_for_a_server)
{
    scene(1, server_does_not_delay);
}

static void closed_while_pinned(void)
{
    void *memory;
    slip_handle_t buffer = new_buffer(4096, &memory);
    uint64_t used = scene_process().used;
    EXPECT_OK(device_begin_buffer(buffer, SLIP_LEND_WRITE));
    drop(buffer);
    EXPECT_EQ(scene_objects("buffer"), 1);
    EXPECT_EQ(scene_process().used, used);
    memset(device_address(), 3, 8);
    device_end();
    EXPECT_EQ(scene_objects("buffer"), 0);
    EXPECT(scene_process().used < used);
}

Test(buffer, a_closed_buffers_memory_stays_and_is_charged_until_the_device_is_done)
{
    scene(1, closed_while_pinned);
}

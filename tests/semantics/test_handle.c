/* Handles: what names an object, what it allows, and how it moves. */
#include "tests/semantics/support.h"

/* ---- HA-1: bad, stale, foreign ---------------------------------------------------------------------- */

static void use_foreign(void)
{
    EXPECT_STATUS(send_word(get(0), 1), BAD_HANDLE);
    EXPECT_STATUS(slip_handle_close(get(0)), BAD_HANDLE);
}

static void no_handle(void)
{
    slip_handle_t endpoint = new_endpoint(1);
    static const slip_handle_t none[] = {0, 1, ~0UL, UINT32_MAX, (uint64_t)1 << 32, 12345678};
    for (uint32_t i = 0; i < sizeof none / sizeof *none; i++) {
        EXPECT_STATUS(send_word(none[i], 1), BAD_HANDLE);
        EXPECT_STATUS(slip_handle_close(none[i]), BAD_HANDLE);
    }
    drop(endpoint);
    EXPECT_STATUS(send_word(endpoint, 1), BAD_HANDLE);
    EXPECT_STATUS(slip_handle_close(endpoint), BAD_HANDLE);
    slip_handle_t again = new_endpoint(1); /* the same place in the table */
    EXPECT(again != endpoint && (uint32_t)again == (uint32_t)endpoint);
    EXPECT_STATUS(send_word(endpoint, 1), BAD_HANDLE);
    for (uint32_t i = 0; i < 70; i++) /* in a place of the table that the other has not */
        again = new_endpoint(1);
    put(0, again);
    reap(process_at(ABOVE, "stranger", use_foreign, SLIP_NO_HANDLE));
    EXPECT_OK(send_word(again, 1));
}

Test(handle, a_bad_stale_or_foreign_one_is_never_another_object)
{
    scene(1, no_handle);
}

/* ---- HA-2: the order of the checks -------------------------------------------------------------------- */

static void order(void)
{
    slip_handle_t endpoint = new_endpoint(1), port = new_port(1);
    slip_handle_t receive = copy_of(endpoint, SLIP_RIGHT_RECEIVE, 0);
    slip_handle_t bare_port = copy_of(port, 0, 0);
    uint64_t bad = (uintptr_t)sim_argument();
    uint64_t tag = slip_tag(SLIP_MESSAGE_BYTES_MAX + 1, 9, 9, 15);
    EXPECT_EQ(raw(SLIP_CALL_endpoint_send, ~endpoint, tag, bad, 0, 0, 0), SLIP_BAD_HANDLE);
    EXPECT_EQ(raw(SLIP_CALL_endpoint_send, bare_port, tag, bad, 0, 0, 0), SLIP_WRONG_TYPE);
    EXPECT_EQ(raw(SLIP_CALL_endpoint_send, receive, tag, bad, 0, 0, 0), SLIP_NO_RIGHT);
    EXPECT_EQ(raw(SLIP_CALL_endpoint_send, endpoint, tag, bad, 0, 0, 0), SLIP_TOO_LONG);
    EXPECT_EQ(raw(SLIP_CALL_endpoint_send, endpoint, slip_tag(8, 9, 0, 0), bad, 0, 0, 0),
              SLIP_BAD_ARGUMENT);
    EXPECT_EQ(raw(SLIP_CALL_endpoint_send, endpoint, slip_tag(8, 0, 0, 0), bad, 0, 0, 0),
              SLIP_BAD_ADDRESS);
}

Test(handle, is_checked_first_then_type_then_rights_then_the_arguments)
{
    scene(1, order);
}

/* ---- HA-3, HA-4: duplicates ------------------------------------------------------------------------------ */

static void duplicates(void)
{
    slip_handle_t endpoint = new_endpoint(4), copy = 0;
    struct slip_message m = empty();
    EXPECT_STATUS(slip_handle_duplicate(endpoint, SLIP_RIGHT_POST, 0, &copy), NO_RIGHT);
    EXPECT_STATUS(slip_handle_duplicate(endpoint, SLIP_RIGHTS_ALL, 0, &copy), NO_RIGHT);
    EXPECT_STATUS(slip_handle_duplicate(~endpoint, 0, 0, &copy), BAD_HANDLE);
    slip_handle_t send = copy_of(endpoint, SLIP_RIGHT_SEND, 0);
    EXPECT_STATUS(slip_endpoint_wait(send, &m, 0), NO_RIGHT);
    EXPECT_STATUS(slip_handle_duplicate(send, SLIP_RIGHT_RECEIVE, 0, &copy), NO_RIGHT);
    slip_handle_t nothing = copy_of(send, 0, 0);
    EXPECT_STATUS(send_word(nothing, 1), NO_RIGHT);
    drop(send);
    EXPECT_OK(send_word(endpoint, 1)); /* a copy's end is not the end */
}

Test(handle, a_duplicate_has_the_same_rights_or_fewer)
{
    scene(1, duplicates);
}

static void badges(void)
{
    slip_handle_t endpoint = new_endpoint(8), port = new_port(1), copy = 0;
    slip_handle_t seven = copy_of(endpoint, SLIP_RIGHT_SEND, 7), again, link;
    struct slip_message m;
    EXPECT_STATUS(slip_handle_duplicate(seven, SLIP_RIGHT_SEND, 8, &copy), BAD_ARGUMENT);
    EXPECT_STATUS(slip_handle_duplicate(seven, SLIP_RIGHT_SEND, 7, &copy), BAD_ARGUMENT);
    again = copy_of(seven, SLIP_RIGHT_SEND, 0);
    EXPECT_STATUS(slip_handle_duplicate(again, SLIP_RIGHT_SEND, 8, &copy), BAD_ARGUMENT);
    EXPECT_STATUS(slip_endpoint_connect_badged(again, port, 8, &link), BAD_ARGUMENT);
    link = connection(again, port);
    EXPECT_OK(send_word(endpoint, 1));
    EXPECT_OK(send_word(seven, 2));
    EXPECT_OK(send_word(again, 3));
    EXPECT_OK(submit_key(link, 4));
    for (uint32_t i = 0; i < 4; i++) {
        EXPECT_OK(poll_endpoint(endpoint, &m));
        EXPECT_EQ(m.badge, i == 0 ? 0 : 7);
    }
}

Test(handle, a_badge_is_given_once_and_stays)
{
    scene(1, badges);
}

/* ---- HA-5: closing ------------------------------------------------------------------------------------------ */

static void close_other(uint64_t handle)
{
    drop(handle);
}

static void closed_in_use(void)
{
    slip_handle_t endpoint = new_endpoint(1);
    struct slip_message m = empty();
    stay_on_one_cpu(); /* so that it closes when root waits */
    drop(thread_at(BELOW, close_other, endpoint));
    EXPECT_STATUS(slip_endpoint_wait(endpoint, &m, SLIP_NEVER), PEER_CLOSED);
    EXPECT_STATUS(slip_endpoint_wait(endpoint, &m, SLIP_NEVER), BAD_HANDLE);
    EXPECT_EQ(scene_objects("endpoint"), 0);
}

Test(handle, a_call_in_progress_keeps_the_object_until_it_returns)
{
    scene(1, closed_in_use);
}

#define ROUNDS 100

enum { ROUND = 20, DONE, POST, SEND };

static int is_done(slip_status_t status)
{
    EXPECT(status == SLIP_OK || status == SLIP_FULL || status == SLIP_PEER_CLOSED ||
           status == SLIP_BAD_HANDLE);
    return status == SLIP_BAD_HANDLE;
}

/* Uses handles until they are closed. */
static void use_while_closed(uint64_t unused)
{
    (void)unused;
    struct slip_message m = {.flags = SLIP_SEND_FAIL_FULL};
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        while (get(ROUND) != round)
            slip_thread_checkpoint();
        while (!is_done(slip_port_post(get(POST), round, SLIP_OK, 0)))
            ;
        while (!is_done(slip_endpoint_send(get(SEND), &m, SLIP_NEVER)))
            ;
        put(DONE, round);
    }
}

/* What a handle names was closed before the handle is, so the handle's end is its end, and its memory
 * is in use again at once: not for who comes by the old handle. */
static void used_again(void)
{
    struct slip_completion c;
    struct slip_message m;
    EXPECT_OK(slip_thread_affinity(SLIP_SELF, 1));
    drop(thread_on(0, use_while_closed, 0));
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        slip_handle_t port = new_port(1), endpoint = new_endpoint(1);
        put(POST, copy_of(port, SLIP_RIGHT_POST, 0));
        put(SEND, copy_of(endpoint, SLIP_RIGHT_SEND, 0));
        put(ROUND, round);
        slip_handle_close(port);
        slip_handle_close(endpoint);
        for (uint64_t i = 0; i < round % 8; i++)
            slip_thread_checkpoint();
        slip_handle_close(get(POST));
        slip_port_create(1, &port);
        slip_handle_close(get(SEND));
        slip_endpoint_create(1, &endpoint);
        while (get(DONE) != round)
            slip_thread_checkpoint();
        EXPECT_EQ(poll_port(port, &c), 0);
        EXPECT_STATUS(poll_endpoint(endpoint, &m), WOULD_BLOCK);
        drop(port);
        drop(endpoint);
    }
}

Test(handle, what_uses_the_memory_of_a_closed_object_is_not_reached_by_its_handles)
{
    scene(2, used_again);
}

/* ---- HA-6 to HA-9: moving ---------------------------------------------------------------------------------- */

static void moving(void)
{
    slip_handle_t endpoint = new_endpoint(1);
    slip_handle_t badged = copy_of(endpoint, SLIP_RIGHT_SEND, 3);
    struct slip_message m = {.handles = 4,
                             .handle = {new_port(1), new_endpoint(1), badged, new_port(1)}};
    slip_handle_t sent[4];
    for (uint32_t i = 0; i < 4; i++)
        sent[i] = m.handle[i];
    EXPECT_OK(slip_endpoint_send(endpoint, &m, 0));
    for (uint32_t i = 0; i < 4; i++)
        EXPECT_STATUS(slip_handle_close(sent[i]), BAD_HANDLE);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_EQ(m.handles, 4);
    EXPECT_OK(slip_port_post(m.handle[0], 1, SLIP_OK, 0));
    EXPECT_OK(send_word(m.handle[1], 1));
    EXPECT_OK(send_word(m.handle[2], 1)); /* with its rights and its badge */
    EXPECT_STATUS(slip_endpoint_wait(m.handle[2], &m, 0), NO_RIGHT);
    EXPECT_OK(poll_endpoint(endpoint, &m));
    EXPECT_EQ(m.badge, 3);
}

Test(handle, a_message_moves_up_to_four_with_rights_and_badge)
{
    scene(1, moving);
}

static void not_moved(void)
{
    slip_handle_t endpoint = new_endpoint(1), port = new_port(1), other = new_port(1);
    slip_handle_t link = connection(endpoint, port);
    struct slip_message m = {.handle = {port, other}, .handles = 5};
    EXPECT_STATUS(slip_endpoint_send(endpoint, &m, 0), BAD_ARGUMENT);
    m.handles = 3;
    EXPECT_STATUS(slip_endpoint_send(endpoint, &m, 0), BAD_HANDLE); /* the third is none */
    m.handles = 2;
    m.handle[1] = port;
    EXPECT_STATUS(slip_endpoint_send(endpoint, &m, 0), BAD_HANDLE); /* the same one twice */
    m.handle[1] = other;
    EXPECT_OK(send_word(endpoint, 1));
    EXPECT_STATUS(slip_endpoint_send(endpoint, &m, 0), WOULD_BLOCK);
    EXPECT_STATUS(slip_endpoint_send(endpoint, &m, slip_clock_now() + 100), TIMED_OUT);
    EXPECT_STATUS(slip_endpoint_call(endpoint, &m, NULL, NULL, 0), WOULD_BLOCK);
    m = (struct slip_message){.handle = {port, other}, .handles = 2, .flags = SLIP_SEND_FAIL_FULL};
    EXPECT_STATUS(slip_endpoint_send(endpoint, &m, 0), FULL);
    EXPECT_STATUS(slip_endpoint_submit(link, &m, NULL, 1, 0), FULL);
    EXPECT_OK(slip_port_post(port, 1, SLIP_OK, 0)); /* all are where they were */
    EXPECT_OK(slip_port_post(other, 1, SLIP_OK, 0));
}

Test(handle, handles_stay_with_the_sender_when_the_message_does_not_go)
{
    scene(1, not_moved);
}

static void cancelled_with_handle(void)
{
    slip_handle_t endpoint = new_endpoint(1), port = new_port(1), moved = new_port(1);
    slip_handle_t link = connection(endpoint, port);
    struct slip_message m = carrying(moved);
    struct slip_completion c;
    EXPECT_OK(slip_endpoint_submit(link, &m, NULL, 1, SLIP_NEVER));
    EXPECT_OK(slip_port_cancel(port, 1, 0, NULL));
    EXPECT_EQ(poll_port(port, &c), 1);
    EXPECT_STATUS(slip_handle_close(moved), BAD_HANDLE); /* it had left, and is closed */
    EXPECT_EQ(scene_objects("port"), 1);
    m = carrying(new_port(1));
    EXPECT_OK(slip_endpoint_send(endpoint, &m, 0));
    EXPECT_EQ(scene_objects("port"), 2);
    drop(endpoint);
    EXPECT_EQ(scene_objects("port"), 1);
}

Test(handle, handles_of_a_message_that_dies_in_the_queue_are_closed)
{
    scene(1, cancelled_with_handle);
}

static void endpoint_in_itself(void)
{
    slip_handle_t a = new_endpoint(1), b = new_endpoint(1);
    struct slip_message m = carrying(copy_of(b, SLIP_RIGHT_SEND | SLIP_RIGHT_RECEIVE, 0));
    EXPECT_OK(slip_endpoint_send(a, &m, 0));
    m = carrying(copy_of(a, SLIP_RIGHT_SEND | SLIP_RIGHT_RECEIVE, 0));
    EXPECT_OK(slip_endpoint_send(b, &m, 0));
    m = carrying(a);
    drop(b);
    drop(a); /* each keeps the other alive; it is gone when the last process is */
}

Test(handle, endpoints_that_hold_each_other_in_their_queues_do_not_leak)
{
    scene(1, endpoint_in_itself);
}

static void process_in_endpoint(void)
{
    slip_handle_t endpoint = new_endpoint(2), process = SLIP_NO_HANDLE;
    slip_handle_t send = copy_of(endpoint, SLIP_RIGHT_SEND, 0);
    EXPECT_OK(slip_process_create("never started", &process));
    struct slip_message m = carrying(process);
    EXPECT_OK(slip_endpoint_send(send, &m, 0));
    m = carrying(endpoint);
    EXPECT_OK(slip_endpoint_send(send, &m, 0)); /* nobody can start it any more: the run ends */
}

Test(handle, a_process_in_a_queue_that_nobody_reaches_does_not_outlive_the_others)
{
    scene(1, process_in_endpoint);
    scene(2, process_in_endpoint);
}

/* ---- HA-10: the table --------------------------------------------------------------------------------------- */

static void use_up(void)
{
    slip_handle_t copy = slip_start_handle(), last = copy;
    uint64_t opened = 0;
    while (slip_handle_duplicate(slip_start_handle(), 0, 0, &copy) == SLIP_OK) {
        last = copy;
        opened++;
    }
    EXPECT(opened > 1000);
    EXPECT_STATUS(slip_handle_duplicate(slip_start_handle(), 0, 0, &copy), NO_QUOTA);
    EXPECT_EQ(copy, SLIP_NO_HANDLE);
    EXPECT_STATUS(slip_endpoint_create(1, &copy), NO_QUOTA);
    drop(last);
    EXPECT_OK(slip_handle_duplicate(slip_start_handle(), 0, 0, &copy));
}

static void table_used_up(void)
{
    slip_handle_t process = SLIP_NO_HANDLE;
    EXPECT_OK(slip_process_create_quota("hoarder", (uint64_t)1 << 20, &process));
    EXPECT_OK(slip_process_start(process, use_up, new_endpoint(1)));
    reap(process);
    drop(new_endpoint(1)); /* nobody else was concerned */
    EXPECT_EQ(scene_objects("endpoint"), 0);
}

Test(handle, a_table_that_is_used_up_is_the_matter_of_its_process_alone)
{
    scene(1, table_used_up);
}

/* A request with handles and lent memory ends at the moment in which it is taken: the server has all
 * of it or nothing, and what it got by it is one thing only. */
#include "tests/semantics/explore.h"

enum cell { ENDPOINT, READY, TOKEN, TAKEN, DUE, REPLIED, CANCELLED_AS, HEARD, STATUS };

enum end { CANCEL, DIE, LATE, CLOSE_PORT };

static enum end end;

#define TOLD 1000

static uint64_t told(slip_status_t status)
{
    return (uint64_t)(TOLD + (int64_t)status);
}

/* Takes with all that came, uses it, and answers. */
static void take(uint64_t endpoint)
{
    struct slip_message m = empty();
    char bytes[4] = "";
    race_meet();
    if (end == LATE) { /* so shortly before the deadline */
        slip_time_t at = get(DUE) - 600 + race_knob(), now = slip_clock_now();
        slip_thread_compute(at > now ? at - now : 0);
    }
    slip_status_t status = slip_endpoint_wait(endpoint, &m, slip_clock_now() + 100000);
    put(TAKEN, told(status));
    if (status == SLIP_OK) {
        EXPECT(m.words == 1 && m.word[0] == 77 && m.lends == 1 && m.handles == 1);
        EXPECT(m.area.lent[0].length == 4);
        EXPECT_OK(
            slip_port_post(m.handle[0], 1, SLIP_OK, 0)); /* it is ours, whatever became of it */
        status = slip_request_read(m.request, 0, bytes, 4);
        EXPECT(status == SLIP_STALE || (status == SLIP_OK && bytes[0] == 'l'));
        put(REPLIED, told(slip_request_reply(m.request, SLIP_OK, 3)));
        drop(m.handle[0]);
    } else {
        EXPECT(m.handles == 0 && m.request == 0);
    }
    race_leave();
}

/* ---- the client ---------------------------------------------------------------------------------- */

static void end_it(uint64_t port)
{
    race_meet();
    if (end == CLOSE_PORT)
        EXPECT_OK(slip_handle_close(port));
    else if (end == CANCEL)
        put(CANCELLED_AS, told(slip_request_cancel(get(TOKEN))));
    race_leave();
}

static void submit(void)
{
    slip_handle_t port = new_port(4), link = connection(slip_start_handle(), port);
    void *memory;
    slip_handle_t buffer = new_buffer(4096, &memory);
    *(char *)memory = 'l';
    struct slip_lend lend = {buffer, 0, 4, SLIP_LEND_READ};
    struct slip_message m = {.word = {77}, .words = 1, .handle = {new_port(1)}, .handles = 1};
    struct slip_completion c;
    slip_request_t request = 0;
    uint32_t taken;
    slip_time_t due = end == LATE ? get(DUE) : SLIP_NEVER;
    EXPECT_OK(slip_endpoint_submit_request(link, &m, &lend, 9, due, &request));
    put(TOKEN, request);
    if (end == CANCEL || end == CLOSE_PORT)
        drop(thread_on(1, end_it, port));
    put(READY, 1);
    while (slip_port_wait(port, &c, 1, 1, SLIP_NEVER, &taken) == SLIP_OK) {
        count(HEARD);
        put(STATUS, told((slip_status_t)c.status));
    }
    slip_thread_sleep_until(SLIP_NEVER);
}

static void kill_it(uint64_t process)
{
    race_meet();
    EXPECT_OK(slip_process_kill(process));
    race_leave();
}

static void let_time_pass(uint64_t unused)
{
    (void)unused;
    race_meet();
    race_leave();
}

static void root(void)
{
    race_root();
    slip_handle_t endpoint = new_endpoint(1);
    slip_time_t due = slip_clock_now() + 100000;
    put(ENDPOINT, endpoint);
    put(DUE, due);
    slip_handle_t client = process_on(1, "client", submit, copy_of(endpoint, SLIP_RIGHT_SEND, 0));
    while (get(READY) == 0)
        slip_thread_sleep_until(slip_clock_now() + 100);
    if (end == LATE)
        drop(thread_on(1, let_time_pass, 0));
    else if (end == DIE)
        drop(thread_on(1, kill_it, client));
    drop(thread_on(0, take, endpoint));
    race_wait(1);
    slip_thread_sleep_until(slip_clock_now() + 1000000);
    kill_and_reap(client);
    EXPECT_EQ(scene_objects("port"), 0);
    EXPECT_EQ(scene_objects("buffer"), 0);
}

static const char *judge(const struct scene *scene)
{
    uint64_t taken = scene->cell[TAKEN], replied = scene->cell[REPLIED];
    uint64_t heard = scene->cell[HEARD], status = scene->cell[STATUS];
    if (taken != told(SLIP_OK) && taken != told(SLIP_TIMED_OUT))
        return "the server was told something else than OK or TIMED_OUT";
    if (heard > 1)
        return "the client heard more than once";
    if (heard == 0)
        return end == DIE || end == CLOSE_PORT ? NULL : "the client never heard";
    if ((replied == told(SLIP_OK)) != (status == told(SLIP_OK)))
        return "server and client disagree";
    if (end == CANCEL &&
        (scene->cell[CANCELLED_AS] == told(SLIP_OK)) != (status == told(SLIP_CANCELLED)))
        return "who cancelled and who heard disagree";
    return NULL;
}

static void race_take(enum end what)
{
    end = what;
    race(
        &(struct race){.root = root, .judge = judge, .actors = 2, .knob = what == LATE ? 1000 : 0});
}

Test(race, taking_and_a_cancel)
{
    race_take(CANCEL);
}

Test(race, taking_and_the_death_of_the_client)
{
    race_take(DIE);
}

Test(race, taking_and_the_deadline)
{
    race_take(LATE);
}

Test(race, taking_and_the_closing_of_the_port)
{
    race_take(CLOSE_PORT);
}

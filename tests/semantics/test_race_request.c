/* All who may end a held request, two at a time: the server by a reply, the client by a cancel, the
 * clock, the death of the client, the death of the server. Exactly one wins, the client hears
 * exactly once, and what each of them was told agrees with it. */
#include "tests/semantics/explore.h"

enum end { REPLY, CANCEL, DEADLINE, CLIENT_DIES, SERVER_DIES, ENDS };

/* What the race at hand is between; the runs of a test follow each other. */
static enum end ends[2];
static int submitted;

enum cell {
    HELD,    /* the server's token */
    MINE,    /* the client's */
    DUE,     /* the request's deadline */
    HEARD,   /* how often the client heard */
    STATUS,  /* and what */
    REPLIED, /* the server's status, plus 1000 */
    CANCELLED_AS
};

#define TOLD 1000 /* added to a status, so that 0 is "was not told" */
#define FAR                                                                                        \
    200000 /* a deadline that no preparation reaches, in nanoseconds of the scripted clock */
#define BEFORE_DUE 900 /* the other one acts at the earliest so long before the deadline */

static int raced(enum end end)
{
    return ends[0] == end || ends[1] == end;
}

static uint64_t told(slip_status_t status)
{
    return (uint64_t)(TOLD + (int64_t)status);
}

/* Meets the other actor; with a deadline, goes on near to it. */
static void meet(void)
{
    race_meet();
    if (!raced(DEADLINE))
        return;
    slip_time_t at = get(DUE) - BEFORE_DUE + race_knob(), now = slip_clock_now();
    slip_thread_compute(at > now ? at - now : 0);
}

/* ---- server ------------------------------------------------------------------------------------ */

static void server(void)
{
    struct slip_message m = empty();
    EXPECT_OK(slip_endpoint_wait(slip_start_handle(), &m, SLIP_NEVER));
    put(HELD, m.request);
    if (raced(REPLY)) {
        meet();
        put(REPLIED, told(slip_request_reply(m.request, SLIP_OK, 5)));
        race_leave();
    }
    slip_thread_sleep_until(SLIP_NEVER);
}

/* ---- client ------------------------------------------------------------------------------------ */

static slip_time_t due(void)
{
    put(DUE, slip_clock_now() + FAR);
    return raced(DEADLINE) ? get(DUE) : SLIP_NEVER;
}

static void cancel(uint64_t thread)
{
    while (get(HELD) == 0 || (submitted && get(MINE) == 0))
        slip_thread_sleep_until(slip_clock_now() + 100);
    meet();
    put(CANCELLED_AS, told(submitted ? slip_request_cancel(get(MINE))
                                     : slip_thread_cancel((slip_handle_t)thread)));
    race_leave();
}

static void hear(slip_status_t status)
{
    count(HEARD);
    put(STATUS, told(status));
}

static void call(uint64_t endpoint)
{
    struct slip_message m = empty();
    hear(slip_endpoint_call(endpoint, &m, NULL, NULL, due()));
}

static void submit(uint64_t endpoint)
{
    slip_handle_t port = new_port(2), link = connection(endpoint, port);
    struct slip_message m = empty();
    struct slip_completion c;
    slip_request_t request = 0;
    uint32_t taken = 0;
    EXPECT_OK(slip_endpoint_submit_request(link, &m, NULL, 9, due(), &request));
    put(MINE, request);
    while (slip_port_wait(port, &c, 1, 1, SLIP_NEVER, &taken) == SLIP_OK) {
        EXPECT(c.key == 9 && c.request == request);
        hear((slip_status_t)c.status);
    }
}

static void client(void)
{
    slip_handle_t thread = SLIP_NO_HANDLE;
    EXPECT_OK(slip_thread_start(SLIP_SELF, submitted ? submit : call, slip_start_handle(),
                                SLIP_PRIORITY_DEFAULT, 1, &thread));
    if (raced(CANCEL))
        drop(thread_on(ends[0] == CANCEL ? 0 : 1, cancel, thread));
    slip_thread_sleep_until(SLIP_NEVER);
}

/* ---- root -------------------------------------------------------------------------------------- */

static void kill_it(uint64_t process)
{
    meet();
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
    uint32_t server_cpu = ends[1] == REPLY ? 1 : 0;
    slip_handle_t s =
        process_on(server_cpu, "server", server, copy_of(endpoint, SLIP_RIGHT_RECEIVE, 0));
    slip_handle_t c = process_on(2, "client", client, copy_of(endpoint, SLIP_RIGHT_SEND, 0));
    while (get(HELD) == 0)
        slip_thread_sleep_until(slip_clock_now() + 100);
    for (uint32_t cpu = 0; cpu < 2; cpu++) {
        if (ends[cpu] == CLIENT_DIES)
            drop(thread_on(cpu, kill_it, c));
        else if (ends[cpu] == SERVER_DIES)
            drop(thread_on(cpu, kill_it, s));
        else if (ends[cpu] == DEADLINE)
            drop(thread_on(cpu, let_time_pass, 0));
    }
    race_wait(1); /* the other one may be dead */
    kill_and_reap(c);
    kill_and_reap(s);
}

/* ---- judge ------------------------------------------------------------------------------------- */

static const char *judge(const struct scene *scene)
{
    static const slip_status_t outcome[ENDS] = {SLIP_OK, SLIP_CANCELLED, SLIP_TIMED_OUT, SLIP_OK,
                                                SLIP_PEER_CLOSED};
    uint64_t heard = scene->cell[HEARD], status = scene->cell[STATUS];
    uint64_t replied = scene->cell[REPLIED], cancelled = scene->cell[CANCELLED_AS];
    if (heard > 1)
        return "the client heard more than once";
    if (heard == 0 && !raced(CLIENT_DIES))
        return "the client never heard";
    if (replied != 0 && replied != told(SLIP_OK) && replied != told(SLIP_STALE))
        return "the reply was told something else than OK or STALE";
    if (cancelled != 0 && cancelled != told(SLIP_OK) && cancelled != told(SLIP_ALREADY) &&
        cancelled != told(SLIP_STALE))
        return "the cancel was told something else than OK, ALREADY or STALE";
    if (heard == 0)
        return NULL;
    int possible = 0;
    for (uint32_t i = 0; i < 2; i++)
        possible |= ends[i] != CLIENT_DIES && status == told(outcome[ends[i]]);
    if (!possible)
        return "the client heard an end that nobody made";
    if (replied != 0 && (replied == told(SLIP_OK)) != (status == told(SLIP_OK)))
        return "the server and the client disagree";
    if (cancelled != 0 && (cancelled == told(SLIP_OK)) != (status == told(SLIP_CANCELLED)))
        return "who cancelled and who heard disagree";
    return NULL;
}

static void race_ends(enum end one, enum end other)
{
    struct race both = {.root = root, .judge = judge, .actors = 2};
    ends[0] = one;
    ends[1] = other;
    if (raced(DEADLINE)) {
        /* The deadline falls due on CPU 1, where the request was made. */
        ends[0] = one == DEADLINE ? other : one;
        ends[1] = DEADLINE;
        both.knob = 1000;
    }
    for (submitted = 0; submitted <= 1; submitted++)
        race(&both);
}

Test(race, reply_and_cancel)
{
    race_ends(REPLY, CANCEL);
}

Test(race, reply_and_deadline)
{
    race_ends(REPLY, DEADLINE);
}

Test(race, reply_and_death_of_the_client)
{
    race_ends(REPLY, CLIENT_DIES);
}

Test(race, reply_and_death_of_the_server)
{
    race_ends(REPLY, SERVER_DIES);
}

Test(race, cancel_and_deadline)
{
    race_ends(CANCEL, DEADLINE);
}

Test(race, cancel_and_death_of_the_client)
{
    race_ends(CANCEL, CLIENT_DIES);
}

Test(race, cancel_and_death_of_the_server)
{
    race_ends(CANCEL, SERVER_DIES);
}

Test(race, deadline_and_death_of_the_client)
{
    race_ends(DEADLINE, CLIENT_DIES);
}

Test(race, deadline_and_death_of_the_server)
{
    race_ends(DEADLINE, SERVER_DIES);
}

Test(race, death_of_the_client_and_of_the_server)
{
    race_ends(CLIENT_DIES, SERVER_DIES);
}

/* Batched waits against those who send, take, close and come late: no message is lost, none is
 * taken twice, and nobody waits for what is there. */
#include "tests/semantics/explore.h"

enum cell { ENDPOINT, STATUS, TAKEN, SUM, OTHER, SINGLE };

#define TOLD 1000

static uint64_t told(slip_status_t status)
{
    return (uint64_t)(TOLD + (int64_t)status);
}

static void send_it(uint64_t value)
{
    race_meet();
    put(OTHER, told(send_word(get(ENDPOINT), value)));
    race_leave();
}

static void add(uint32_t cell, uint64_t value)
{
    atomic_fetch_add(&scene_now()->cell[cell], value);
}

static void take(uint32_t least, slip_time_t deadline)
{
    struct slip_short_message m[4];
    uint32_t taken;
    put(STATUS, told(slip_endpoint_wait_batch(get(ENDPOINT), m, least, 4, deadline, &taken)));
    add(TAKEN, taken);
    for (uint32_t i = 0; i < taken; i++)
        add(SUM, m[i].word[0]);
}

static void take_two(uint64_t unused)
{
    (void)unused;
    race_meet();
    take(2, SLIP_NEVER);
    race_leave();
}

/* ---- what makes enough arrives while the batch goes to sleep -------------------------------------- */

static void enough_at_last(void)
{
    race_root();
    put(ENDPOINT, new_endpoint(4));
    EXPECT_OK(send_word(get(ENDPOINT), 1));
    drop(thread_on(0, take_two, 0));
    drop(thread_on(1, send_it, 10));
    race_wait(2);
    EXPECT(get(STATUS) == told(SLIP_OK) && get(TAKEN) == 2 && get(SUM) == 11);
}

Test(race, the_last_message_of_a_batch_and_its_wait)
{
    race(&(struct race){.root = enough_at_last, .actors = 2});
}

static void two_senders(void)
{
    race_root();
    put(ENDPOINT, new_endpoint(4));
    drop(thread_on(0, take_two, 0));
    drop(thread_on(1, send_it, 10));
    drop(thread_on(2, send_it, 100));
    race_wait(3);
    EXPECT(get(STATUS) == told(SLIP_OK) && get(TAKEN) == 2 && get(SUM) == 110);
}

Test(race, a_batch_of_two_senders)
{
    race(&(struct race){.root = two_senders, .actors = 3});
}

/* ---- a queue that was full, and who waits for room in it -------------------------------------------- */

static void full(void)
{
    race_root();
    put(ENDPOINT, new_endpoint(2));
    EXPECT_OK(send_word(get(ENDPOINT), 1));
    EXPECT_OK(send_word(get(ENDPOINT), 10));
    drop(thread_on(0, take_two, 0));
    drop(thread_on(1, send_it, 100)); /* into a place that falls free, or taken with the batch */
    race_wait(2);
    EXPECT_EQ(get(OTHER), told(SLIP_OK));
    if (get(TAKEN) == 2)
        take(1, 0);
    EXPECT(get(TAKEN) == 3 && get(SUM) == 111);
}

Test(race, a_batch_and_a_sender_that_waits_for_room)
{
    race(&(struct race){.root = full, .actors = 2});
}

/* ---- others who take ---------------------------------------------------------------------------------- */

static void take_single(uint64_t unused)
{
    (void)unused;
    struct slip_message m = empty();
    race_meet();
    EXPECT_OK(slip_endpoint_wait(get(ENDPOINT), &m, SLIP_NEVER));
    put(SINGLE, m.word[0]);
    race_leave();
}

static void one_goes_to_another(void)
{
    race_root();
    put(ENDPOINT, new_endpoint(4));
    EXPECT_OK(send_word(get(ENDPOINT), 1));
    EXPECT_OK(send_word(get(ENDPOINT), 10));
    drop(thread_on(0, take_two, 0));
    drop(thread_on(1, take_single, 0));
    race_wait(1); /* one of them lacks a message */
    EXPECT_OK(send_word(get(ENDPOINT), 100));
    race_wait(2);
    EXPECT(get(TAKEN) == 2 && get(SUM) + get(SINGLE) == 111);
}

Test(race, a_batch_and_a_single_wait)
{
    race(&(struct race){.root = one_goes_to_another, .actors = 2});
}

static void take_into_nothing(uint64_t unused)
{
    (void)unused;
    void *nothing = faulting_page();
    uint32_t taken;
    race_meet();
    slip_status_t status = slip_endpoint_wait_batch(get(ENDPOINT), nothing, 1, 1, 0, &taken);
    EXPECT(taken == 0 && (status == SLIP_BAD_ADDRESS || status == SLIP_WOULD_BLOCK));
    race_leave();
}

/* While a batch that is to fail has the message, it is not in the queue. */
static void put_back(void)
{
    race_root();
    put(ENDPOINT, new_endpoint(4));
    EXPECT_OK(send_word(get(ENDPOINT), 1));
    drop(thread_on(0, take_into_nothing, 0));
    drop(thread_on(1, take_single, 0));
    race_wait(2);
    EXPECT_EQ(get(SINGLE), 1);
}

Test(race, a_batch_whose_memory_faults_and_a_single_wait)
{
    race(&(struct race){.root = put_back, .actors = 2});
}

static void two_batches(void)
{
    struct slip_message m;
    race_root();
    put(ENDPOINT, new_endpoint(8));
    EXPECT_OK(send_word(get(ENDPOINT), 1));
    drop(thread_on(0, take_two, 0));
    drop(thread_on(1, take_two, 0));
    drop(thread_on(2, send_it, 10));
    race_wait(2); /* one of the batches waits on */
    EXPECT(get(TAKEN) == 2 && get(SUM) == 11);
    EXPECT_STATUS(poll_endpoint(get(ENDPOINT), &m), WOULD_BLOCK);
    EXPECT_OK(send_word(get(ENDPOINT), 100));
    EXPECT_OK(send_word(get(ENDPOINT), 1000));
    race_wait(3);
    EXPECT(get(TAKEN) == 4 && get(SUM) == 1111);
}

Test(race, two_batches_and_a_message_for_one)
{
    race(&(struct race){.root = two_batches, .actors = 3});
}

/* ---- the deadline ------------------------------------------------------------------------------------- */

static void take_late(uint64_t unused)
{
    (void)unused;
    race_meet();
    take(2, slip_clock_now() + race_knob());
    race_leave();
}

static void late(void)
{
    race_root();
    put(ENDPOINT, new_endpoint(4));
    EXPECT_OK(send_word(get(ENDPOINT), 1));
    drop(thread_on(0, send_it, 10));
    drop(thread_on(1, take_late, 0));
    race_wait(2);
    EXPECT(get(TAKEN) == (get(STATUS) == told(SLIP_OK) ? 2U : 1U));
    EXPECT(get(STATUS) == told(SLIP_OK) || get(STATUS) == told(SLIP_TIMED_OUT));
    if (get(TAKEN) == 1)
        take(1, 0);
    EXPECT_EQ(get(SUM), 11);
}

Test(race, the_last_message_of_a_batch_and_its_deadline)
{
    race(&(struct race){.root = late, .actors = 2, .knob = 300});
}

/* ---- the end of the endpoint ------------------------------------------------------------------------- */

static void close_it(uint64_t unused)
{
    (void)unused;
    race_meet();
    EXPECT_OK(slip_handle_close(get(ENDPOINT)));
    race_leave();
}

static void closed(void)
{
    race_root();
    put(ENDPOINT, new_endpoint(4));
    EXPECT_OK(send_word(get(ENDPOINT), 1));
    EXPECT_OK(send_word(get(ENDPOINT), 10));
    drop(thread_on(0, take_two, 0));
    drop(thread_on(1, close_it, 0));
    race_wait(2);
    if (get(STATUS) == told(SLIP_OK))
        EXPECT(get(TAKEN) == 2 && get(SUM) == 11);
    else
        EXPECT(get(TAKEN) == 0 &&
               (get(STATUS) == told(SLIP_PEER_CLOSED) || get(STATUS) == told(SLIP_BAD_HANDLE)));
    EXPECT_EQ(scene_objects("endpoint"), 0);
}

Test(race, a_batch_and_the_end_of_its_endpoint)
{
    race(&(struct race){.root = closed, .actors = 2});
}

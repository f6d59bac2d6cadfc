/* Batched waits where enough is there: what is taken, in which order, and with which numbers. */
#include "tests/semantics/support.h"

#include <string.h>

/* ---- EP-27: enough is there ------------------------------------------------------------------ */

static void send_bytes(slip_handle_t endpoint, uint32_t priority, uint32_t bytes)
{
    struct slip_message m;
    memset(&m, 0, sizeof m);
    memset(m.word, (int)bytes, sizeof m.word);
    EXPECT_OK(slip_thread_priority(SLIP_SELF, priority, NULL));
    EXPECT_EQ(raw(SLIP_CALL_endpoint_send, endpoint, slip_tag(bytes, 0, 0, 0), (uintptr_t)&m,
                  SLIP_NEVER, 0, 0),
              SLIP_OK);
}

static void expect_message(const struct slip_short_message *m, uint64_t badge, uint32_t bytes)
{
    const unsigned char *text = (const unsigned char *)m->word;
    EXPECT_EQ(m->badge, badge);
    EXPECT_EQ(m->bytes, bytes);
    EXPECT_EQ(m->words, (bytes + 7) / 8);
    for (uint32_t i = 0; i < bytes; i++)
        EXPECT_EQ(text[i], bytes);
}

static void several_in_order(void)
{
    slip_handle_t endpoint = new_endpoint(8);
    slip_handle_t a = copy_of(endpoint, SLIP_RIGHT_SEND, 1);
    slip_handle_t b = copy_of(endpoint, SLIP_RIGHT_SEND, 2);
    struct slip_short_message m[6];
    uint32_t count;
    send_bytes(a, 60, 64);
    send_bytes(b, 60, 1);
    send_bytes(a, 90, 0);
    send_bytes(b, 30, 63);
    send_bytes(b, 90, 40);
    uint64_t before = scene_counters().system_calls;
    EXPECT_OK(slip_endpoint_wait_batch(endpoint, m, 1, 4, SLIP_NEVER, &count));
    EXPECT_EQ(scene_counters().system_calls, before + 1);
    EXPECT_EQ(count, 4);
    expect_message(&m[0], 1, 0);
    expect_message(&m[1], 2, 40);
    expect_message(&m[2], 1, 64);
    expect_message(&m[3], 2, 1);
    send_bytes(a, 30, 8);
    EXPECT_OK(slip_endpoint_wait_batch(endpoint, m, 2, 6, SLIP_NEVER, &count));
    EXPECT_EQ(count, 2);
    expect_message(&m[0], 2, 63);
    expect_message(&m[1], 1, 8);
    EXPECT_STATUS(slip_endpoint_wait_batch(endpoint, m, 1, 6, 0, &count), WOULD_BLOCK);
    EXPECT_EQ(count, 0);
}

Test(endpoint_batch, several_messages_are_taken_at_once_in_the_order_of_single_waits)
{
    scene(1, several_in_order);
}

static void least_and_most(void)
{
    slip_handle_t endpoint = new_endpoint(8);
    struct slip_short_message m[4];
    uint32_t count = 9;
    EXPECT_OK(send_word(endpoint, 1));
    EXPECT_STATUS(slip_endpoint_wait_batch(endpoint, m, 0, 1, 0, &count), BAD_ARGUMENT);
    EXPECT_EQ(count, 0);
    EXPECT_STATUS(slip_endpoint_wait_batch(endpoint, m, 3, 2, 0, &count), BAD_ARGUMENT);
    EXPECT_STATUS(slip_endpoint_wait_batch(endpoint, m, 1, SLIP_MESSAGE_BATCH_MAX + 1, 0, &count),
                  BAD_ARGUMENT);
    EXPECT_STATUS(slip_endpoint_wait_batch(endpoint, sim_argument(), 1, 1, 0, &count), BAD_ADDRESS);
    EXPECT_STATUS(slip_endpoint_wait_batch(endpoint, NULL, 1, 1, 0, &count), BAD_ADDRESS);
    EXPECT_OK(slip_endpoint_wait_batch(endpoint, m, 1, 4, 0, &count)); /* and nothing was lost */
    EXPECT(count == 1 && m[0].word[0] == 1);
}

Test(endpoint_batch, numbers_and_addresses_that_make_no_sense_are_refused)
{
    scene(1, least_and_most);
}

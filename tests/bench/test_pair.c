/* What the peers are measured with believes no figure of messages that did not arrive. */
#include <criterion/criterion.h>
#include <string.h>
#include "bench/harness/bench.h"
#include "bench/peer/pair.h"

#define TURNS 50U

static const struct peer_transport *below; /* carries what the wrong ones below were given */
static uint32_t sent, gone_wrong;          /* the message that does not arrive as it was */

static double open_below(uint32_t bytes)
{
    sent = 0;
    return below->open(bytes);
}

static void close_below(void)
{
    below->close();
}

static void send_below(int side, const void *message, uint32_t bytes)
{
    char changed[PEER_BYTES_MAX];
    memcpy(changed, message, bytes);
    if (side == 0 && sent++ == gone_wrong)
        changed[0] ^= 1;
    below->send(side, changed, bytes);
}

static void receive_below(int side, void *message, uint32_t bytes)
{
    below->receive(side, message, bytes);
}

static const struct peer_transport unsure = {"unsure", open_below, close_below, send_below,
                                             receive_below};

static const struct peer_transport *const all[] = {&peer_futex,     &peer_spin_futex,
                                                   &peer_pipe,      &peer_seqpacket,
                                                   &peer_condition, &peer_condition_batch};

#define ALL (sizeof all / sizeof all[0])

Test(pair, a_transport_that_carries_all_gives_a_figure)
{
    for (uint32_t i = 0; i < ALL; i++)
        for (uint32_t cpus = 1; cpus <= 2; cpus++) {
            cr_assert_gt(peer_round_trip(all[i], cpus, 64, TURNS), 0, "%s", all[i]->name);
            cr_assert_gt(peer_round_trip(all[i], cpus, PEER_BYTES_MAX, TURNS), 0, "%s",
                         all[i]->name);
            cr_assert_gt(peer_stream(all[i], cpus, 64, TURNS), 0, "%s", all[i]->name);
        }
}

/* Rings and pipes are filled and emptied several times over: no message of a batch is lost. */
Test(pair, a_long_stream_arrives_in_order)
{
    for (uint32_t i = 0; i < ALL; i++)
        cr_assert_gt(peer_stream(all[i], 2, 72, 5000), 0, "%s", all[i]->name);
}

Test(pair, one_message_that_arrives_changed_fails_the_slice)
{
    below = &peer_pipe;
    gone_wrong = TURNS - 1;
    cr_assert_eq(peer_round_trip(&unsure, 1, 64, TURNS), BENCH_FAILED);
    cr_assert_eq(peer_stream(&unsure, 1, 64, TURNS), BENCH_FAILED);
    gone_wrong = TURNS;
    cr_assert_gt(peer_round_trip(&unsure, 1, 64, TURNS), 0);
    cr_assert_gt(peer_stream(&unsure, 1, 64, TURNS), 0);
}

#include <criterion/criterion.h>

#include "access.h"
#include "buffer.h"
#include "endpoint.h"
#include "fake_machine.h"
#include "port.h"
#include "request.h"
#include "seeded.h"

#define ANY_LIVE (1U << K_REQUEST_QUEUED | 1U << K_REQUEST_HELD)

static struct fake_machine fake;
static struct k_cpu *cpu;
static struct k_thread *self;
static struct k_port *port;
static struct k_request *request; /* a slot of the port, BUSY */
static uint32_t generation;

static void set_up(void)
{
    fake_init(&fake, 1, 0);
    self = fake_start(&fake);
    cpu = fake_cpu(&fake);
    cr_assert_eq(k_port_create(cpu, self->process, 4, 0, &port), SLIP_OK);
    cr_assert_eq(k_port_reserve(cpu, port, &request), SLIP_OK);
    request->client = self->process->id;
    request->client_flags = 0;
    generation = K_REQUEST_GENERATION(k_request_word(request));
}

static void tear_down(void)
{
    fake_fini(&fake);
}

TestSuite(request, .init = set_up, .fini = tear_down);

static enum k_request_state state(void)
{
    return K_REQUEST_STATE(k_request_word(request));
}

static uint32_t pins(void)
{
    return K_REQUEST_PINS(k_request_word(request));
}

/* The thread that the test is takes the request. */
static void hold(void)
{
    k_request_hold(request, self);
    k_request_become(request, K_REQUEST_HELD);
}

static slip_status_t end(uint32_t from, int32_t status)
{
    return k_request_end(cpu, request, generation, from, status, 7, NULL);
}

Test(request, a_token_finds_its_block_and_names_its_generation)
{
    slip_request_t token = k_request_token(request);
    cr_assert_eq(k_request_find(fake.kernel, token), request);
    cr_assert_eq(token >> 32, generation);
    cr_assert_neq(generation, 0);
}

Test(request, a_number_that_is_no_token_finds_nothing_or_a_block_of_another_generation)
{
    struct sim_random random;
    uint64_t seed = seeded(&random, "request");
    cr_assert_null(k_request_find(fake.kernel, 0));
    cr_assert_null(k_request_find(fake.kernel, (uint64_t)1 << 32), "number 0");
    cr_assert_null(k_request_find(fake.kernel, 1), "generation 0");
    cr_assert_null(k_request_find(fake.kernel, UINT64_MAX));
    hold();
    for (int i = 0; i < 100000; i++) {
        uint64_t made_up = sim_random_next(&random) & (i % 2 ? UINT64_MAX : 0x70000001f);
        struct k_request *found = k_request_find(fake.kernel, made_up);
        cr_assert(found == NULL || made_up == k_request_token(request) ||
                      k_request_pin(found, (uint32_t)(made_up >> 32)) == SLIP_STALE,
                  "seed %lu: %lx", seed, made_up);
    }
}

Test(request, freeing_makes_every_old_token_stale)
{
    slip_request_t token = k_request_token(request);
    k_port_unreserve(cpu, port, request);
    cr_assert_neq(k_request_token(request), token);
    cr_assert_eq(end(ANY_LIVE, SLIP_OK), SLIP_STALE);
    cr_assert_eq(k_request_cancel(cpu, request, generation), SLIP_STALE);
}

Test(request, a_generation_that_wraps_is_never_zero)
{
    atomic_store(&request->word, (uint64_t)UINT32_MAX << 32 | K_REQUEST_BUSY);
    k_request_free(request);
    cr_assert_eq(K_REQUEST_GENERATION(k_request_word(request)), 1);
    cr_assert_eq(state(), K_REQUEST_FREE);
}

Test(request, only_a_held_one_can_be_pinned)
{
    cr_assert_eq(k_request_pin(request, generation), SLIP_STALE, "BUSY");
    k_request_become(request, K_REQUEST_QUEUED);
    cr_assert_eq(k_request_pin(request, generation), SLIP_STALE, "QUEUED");
    hold();
    cr_assert_eq(k_request_pin(request, generation + 1), SLIP_STALE);
    cr_assert_eq(k_request_pin(request, generation), SLIP_OK);
    cr_assert_eq(pins(), 1);
    k_request_unpin(cpu, request, NULL);
    cr_assert_eq(pins(), 0);
    cr_assert_eq(state(), K_REQUEST_HELD, "a pin that goes ends nothing by itself");
}

Test(request, is_won_only_from_the_states_that_were_named)
{
    enum k_request_state was;
    cr_assert_eq(k_request_win(request, generation, ANY_LIVE, &was), SLIP_STALE, "BUSY");
    hold();
    cr_assert_eq(k_request_win(request, generation, 1U << K_REQUEST_QUEUED, &was), SLIP_STALE);
    cr_assert_eq(state(), K_REQUEST_HELD);
    cr_assert_eq(k_request_win(request, generation, ANY_LIVE, &was), SLIP_OK);
    cr_assert_eq(was, K_REQUEST_HELD);
    cr_assert_eq(state(), K_REQUEST_ENDING);
    cr_assert_eq(pins(), 1, "the winner's own");
}

Test(request, has_one_winner_and_the_others_hear_already)
{
    enum k_request_state was;
    hold();
    cr_assert_eq(k_request_win(request, generation, ANY_LIVE, &was), SLIP_OK);
    for (int i = 0; i < 10; i++)
        cr_assert_eq(k_request_win(request, generation, ANY_LIVE, &was), SLIP_ALREADY);
    cr_assert_eq(k_request_pin(request, generation), SLIP_STALE, "nobody gets in any more");
    k_request_conclude(cpu, request, K_REQUEST_HELD, SLIP_CANCELLED, 0, NULL);
    cr_assert_eq(port->queued, 1);
    cr_assert_eq(k_request_win(request, generation, ANY_LIVE, &was), SLIP_ALREADY,
                 "its completion was not taken yet");
}

Test(request, the_end_is_delivered_once_with_status_and_result)
{
    request->completion.content.key = 99;
    hold();
    cr_assert_eq(end(ANY_LIVE, SLIP_NOT_FOUND), SLIP_OK);
    cr_assert_eq(port->queued, 1);
    cr_assert_eq(state(), K_REQUEST_DONE);
    cr_assert_eq(request->completion.content.key, 99);
    cr_assert_eq(request->completion.content.status, SLIP_NOT_FOUND);
    cr_assert_eq(request->completion.content.result, 7);
    cr_assert_eq(end(ANY_LIVE, SLIP_OK), SLIP_ALREADY);
    cr_assert_eq(port->queued, 1);
    cr_assert(k_list_empty(&self->holds));
}

Test(request, delivery_waits_for_the_last_pin_and_the_decision_does_not)
{
    hold();
    for (int i = 0; i < 3; i++)
        cr_assert_eq(k_request_pin(request, generation), SLIP_OK);
    cr_assert_eq(end(ANY_LIVE, SLIP_TIMED_OUT), SLIP_OK);
    cr_assert_eq(end(ANY_LIVE, SLIP_OK), SLIP_ALREADY);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(port->queued, 0);
        k_request_unpin(cpu, request, NULL);
    }
    cr_assert_eq(port->queued, 1);
    cr_assert_eq(request->completion.content.status, SLIP_TIMED_OUT);
}

Test(request, a_discarded_one_frees_its_slot_in_silence)
{
    hold();
    atomic_store(&request->discard, 1);
    cr_assert_eq(end(ANY_LIVE, SLIP_CANCELLED), SLIP_OK);
    cr_assert_eq(port->queued, 0);
    cr_assert_eq(state(), K_REQUEST_FREE);
    cr_assert_eq(k_request_cancel(cpu, request, generation), SLIP_STALE);
}

Test(request, cancel_ends_a_queued_and_a_held_one)
{
    hold();
    cr_assert_eq(k_request_cancel(cpu, request, generation), SLIP_OK);
    cr_assert_eq(request->completion.content.status, SLIP_CANCELLED);
    cr_assert_eq(k_request_cancel(cpu, request, generation), SLIP_ALREADY);
    cr_assert_eq(k_request_cancel(cpu, request, generation + 1), SLIP_STALE);
}

Test(request, an_ended_call_wakes_its_caller_or_hands_it_over)
{
    struct k_thread *caller = fake_thread(&fake, self->process, 10), *hand = NULL;
    struct k_request *call = caller->request;
    k_request_begin(call);
    call->caller = caller;
    k_request_hold(call, self);
    k_request_become(call, K_REQUEST_HELD);
    uint32_t of_call = K_REQUEST_GENERATION(k_request_word(call));
    cr_assert_eq(k_request_end(cpu, call, of_call, ANY_LIVE, SLIP_REFUSED, 3, &hand), SLIP_OK);
    cr_assert_eq(hand, caller);
    cr_assert_eq(caller->wait.outcome, SLIP_REFUSED);
    cr_assert_eq(call->result, 3);
    cr_assert_eq(K_REQUEST_STATE(k_request_word(call)), K_REQUEST_DONE);
}

Test(request, what_a_dead_thread_held_is_its_process_s)
{
    struct k_thread *server = fake_thread(&fake, self->process, 10);
    k_request_hold(request, server);
    k_request_become(request, K_REQUEST_HELD);
    k_request_orphan_all(cpu, server);
    cr_assert(k_list_empty(&server->holds));
    cr_assert(!k_list_empty(&self->process->orphans));
    cr_assert_null(atomic_load(&request->server));
    cr_assert_eq(end(1U << K_REQUEST_HELD, SLIP_OK), SLIP_OK, "any thread may answer");
    cr_assert(k_list_empty(&self->process->orphans));
}

/* ---- what it lends ------------------------------------------------------------------------- */

static slip_handle_t make_buffer(uint32_t rights, struct k_buffer **buffer)
{
    slip_handle_t handle;
    cr_assert_eq(k_buffer_create(cpu, self->process, 4096, buffer), SLIP_OK);
    struct k_capability one = {
        .object = &(*buffer)->object, .rights = rights, .epoch = k_buffer_epoch(*buffer)};
    k_capability_hold(&one);
    cr_assert_eq(k_handle_open(cpu, &self->process->handles, &one, &handle), SLIP_OK);
    k_object_unref(cpu, &(*buffer)->object);
    return handle;
}

static slip_status_t lend(struct k_request *by, struct slip_lend what)
{
    struct slip_lend *memory = fake_memory(self->process, sizeof(*memory));
    *memory = what;
    return k_request_lend(cpu, by, self, (uintptr_t)memory, 1);
}

Test(request, lends_only_ranges_inside_with_rights_that_the_handle_has)
{
    struct k_buffer *buffer;
    slip_handle_t handle = make_buffer(SLIP_RIGHT_READ, &buffer);
    cr_assert_eq(lend(request, (struct slip_lend){handle, 0, 4097, SLIP_LEND_READ}),
                 SLIP_BAD_ARGUMENT);
    cr_assert_eq(lend(request, (struct slip_lend){handle, 4097, 0, SLIP_LEND_READ}),
                 SLIP_BAD_ARGUMENT);
    cr_assert_eq(lend(request, (struct slip_lend){handle, 8, UINT64_MAX, SLIP_LEND_READ}),
                 SLIP_BAD_ARGUMENT);
    cr_assert_eq(lend(request, (struct slip_lend){handle, 0, 1, SLIP_LEND_WRITE}), SLIP_NO_RIGHT);
    cr_assert_eq(lend(request, (struct slip_lend){handle, 0, 1, 0}), SLIP_BAD_ARGUMENT);
    cr_assert_eq(lend(request, (struct slip_lend){handle, 0, 1, 16}), SLIP_BAD_ARGUMENT);
    cr_assert_eq(lend(request, (struct slip_lend){handle, 0, 1, SLIP_LEND_READ | 4 | 8}),
                 SLIP_BAD_ARGUMENT);
    cr_assert_eq(lend(request, (struct slip_lend){handle + 9, 0, 1, SLIP_LEND_READ}),
                 SLIP_BAD_HANDLE);
    cr_assert_eq(atomic_load(&buffer->object.references), 1);
    cr_assert_eq(lend(request, (struct slip_lend){handle, 4096, 0, SLIP_LEND_READ}), SLIP_OK);
    cr_assert_eq(atomic_load(&buffer->object.references), 2);
    k_request_drop_lends(cpu, request);
    cr_assert_eq(atomic_load(&buffer->object.references), 1);
}

Test(request, of_two_lends_none_is_taken_if_one_is_bad)
{
    struct k_buffer *buffer;
    slip_handle_t handle = make_buffer(SLIP_RIGHT_READ, &buffer);
    struct slip_lend *two = fake_memory(self->process, 2 * sizeof(*two));
    two[0] = (struct slip_lend){handle, 0, 64, SLIP_LEND_READ};
    two[1] = (struct slip_lend){handle, 0, 64, SLIP_LEND_WRITE};
    cr_assert_eq(k_request_lend(cpu, request, self, (uintptr_t)two, 2), SLIP_NO_RIGHT);
    cr_assert_eq(request->lends, 0);
    cr_assert_eq(atomic_load(&buffer->object.references), 1);
}

Test(request, a_revoked_buffer_is_not_lent)
{
    struct k_buffer *buffer;
    slip_handle_t handle = make_buffer(SLIP_RIGHT_READ, &buffer);
    k_buffer_revoke(buffer, 0);
    cr_assert_eq(lend(request, (struct slip_lend){handle, 0, 1, SLIP_LEND_READ}), SLIP_STALE);
}

/* A second request of the same port that lends on from the first, which is held. */
static slip_status_t lend_on(struct k_request **inner, uint64_t offset, uint64_t length,
                             uint64_t right)
{
    struct slip_lend what = {k_request_token(request), offset, length, right | SLIP_LEND_ONWARD};
    cr_assert_eq(k_port_reserve(cpu, port, inner), SLIP_OK);
    (*inner)->client_flags = 0;
    return lend(*inner, what);
}

Test(request, lending_on_gives_no_more_than_there_is)
{
    struct k_buffer *buffer;
    struct k_request *inner;
    slip_handle_t handle = make_buffer(SLIP_RIGHT_READ, &buffer);
    lend(request, (struct slip_lend){handle, 1000, 100, SLIP_LEND_READ});
    hold();
    cr_assert_eq(lend_on(&inner, 0, 101, SLIP_LEND_READ), SLIP_BAD_ARGUMENT);
    k_port_unreserve(cpu, port, inner);
    cr_assert_eq(lend_on(&inner, 0, 1, SLIP_LEND_WRITE), SLIP_NO_RIGHT);
    k_port_unreserve(cpu, port, inner);
    cr_assert_eq(lend_on(&inner, 10, 90, SLIP_LEND_READ), SLIP_OK);
    cr_assert_eq(inner->lend[0].offset, 1010);
    cr_assert_eq(inner->lend[0].length, 90);
    cr_assert_eq(pins(), 0, "the lend takes no pin for itself");
}

Test(request, access_through_a_lend_that_was_lent_on_ends_with_the_outer_request)
{
    struct k_buffer *buffer;
    struct k_request *inner;
    struct k_entrance entrance;
    slip_handle_t handle = make_buffer(SLIP_RIGHT_READ, &buffer);
    lend(request, (struct slip_lend){handle, 0, 100, SLIP_LEND_READ});
    hold();
    cr_assert_eq(lend_on(&inner, 10, 20, SLIP_LEND_READ), SLIP_OK);
    k_request_hold(inner, self);
    k_request_become(inner, K_REQUEST_HELD);
    slip_request_t token = k_request_token(inner);
    cr_assert_eq(k_access_request(cpu, self->process, token, 0, 5, 15, SLIP_LEND_READ, &entrance),
                 SLIP_OK);
    cr_assert_eq(entrance.address, buffer->address + 15);
    cr_assert_eq(end(ANY_LIVE, SLIP_CANCELLED), SLIP_OK);
    cr_assert_eq(port->queued, 0, "the outer request waits as for a pin");
    k_access_leave(cpu, &entrance);
    cr_assert_eq(port->queued, 1);
    cr_assert_eq(k_access_request(cpu, self->process, token, 0, 5, 15, SLIP_LEND_READ, &entrance),
                 SLIP_STALE);
    cr_assert_eq(K_REQUEST_PINS(k_request_word(inner)), 0, "a refusal keeps no pin");
    cr_assert_eq(K_BUFFER_PINS(atomic_load(&buffer->word)), 0);
}

/* ---- all of it, at random ------------------------------------------------------------------ */

Test(request, whatever_happens_it_is_delivered_exactly_once)
{
    struct sim_random random;
    uint64_t seed = seeded(&random, "request");
    hold();
    for (int round = 0; round < 3000; round++) {
        uint32_t mine = 0, wins = 0;
        generation = K_REQUEST_GENERATION(k_request_word(request));
        while (port->queued == 0) {
            uint64_t what = sim_random_below(&random, 8);
            if (what < 3) {
                mine += k_request_pin(request, generation) == SLIP_OK;
            } else if (what < 6 && mine > 0) {
                mine--;
                k_request_unpin(cpu, request, NULL);
            } else if (what == 6) {
                wins += end(ANY_LIVE, SLIP_OK) == SLIP_OK;
            } else {
                wins += k_request_cancel(cpu, request, generation) == SLIP_OK;
            }
        }
        cr_assert_eq(wins, 1, "seed %lu, round %d", seed, round);
        cr_assert_eq(mine, 0, "seed %lu, round %d", seed, round);
        uint32_t count;
        struct slip_completion *taken = fake_memory(self->process, 0);
        cr_assert_eq(k_port_wait(cpu, port, (uintptr_t)taken, 1, 1, 0, &count), SLIP_OK);
        struct k_request *same;
        do /* the slots are used in turn */
            cr_assert_eq(k_port_reserve(cpu, port, &same), SLIP_OK);
        while (same != request && (k_port_unreserve(cpu, port, same), 1));
        request->client_flags = 0;
        hold();
    }
}

Test(request, that_has_ended_keeps_its_endpoint_for_whoever_has_a_pin)
{
    struct k_endpoint *endpoint;
    cr_assert_eq(k_endpoint_create(cpu, self->process, 0, &endpoint), SLIP_OK);
    hold();
    k_object_ref(&endpoint->object);
    atomic_store(&request->endpoint, endpoint);
    cr_assert_eq(k_request_pin(request, generation), SLIP_OK);
    cr_assert_eq(end(1U << K_REQUEST_HELD, SLIP_OK), SLIP_OK);
    cr_assert_eq(state(), K_REQUEST_ENDING);
    cr_assert_eq(atomic_load(&request->endpoint), endpoint, "as one that asks to cancel reads it");
    cr_assert_eq(atomic_load(&endpoint->object.references), 2);
    k_request_unpin(cpu, request, NULL);
    cr_assert_eq(atomic_load(&request->endpoint), NULL);
    cr_assert_eq(atomic_load(&endpoint->object.references), 1);
    k_object_unref(cpu, &endpoint->object);
}

#include <criterion/criterion.h>
#include <string.h>

#include <slipway/machine.h>
#include "sim/machine/event_log.h"

static struct sim_event_log *log_of(uint64_t count, uint64_t odd)
{
    struct sim_event_log *log = sim_event_log_create();
    cr_assert_not_null(log);
    for (uint64_t i = 0; i < count; i++)
        sim_event_log_add(log, &(struct sim_trace_event){.ps = i * 1000,
                                                         .cpu = (uint32_t)(i % 3),
                                                         .point = SLIP_TRACE_thread_ready,
                                                         .a = i,
                                                         .b = i == odd ? 7 : 1});
    return log;
}

Test(event_log, equal_streams_do_not_differ)
{
    struct sim_event_log *a = log_of(1000, UINT64_MAX), *b = log_of(1000, UINT64_MAX);
    char text[400] = "x";
    cr_assert_eq(sim_event_log_differ(a, b, text, sizeof text), 0);
    cr_assert_eq(sim_event_log_count(a), 1000);
    cr_assert_eq(sim_event_log_hash(a), sim_event_log_hash(b));
    sim_event_log_destroy(a);
    sim_event_log_destroy(b);
}

Test(event_log, the_first_event_that_differs_is_told)
{
    struct sim_event_log *a = log_of(1000, UINT64_MAX), *b = log_of(1000, 777);
    char text[400] = "";
    cr_assert_eq(sim_event_log_differ(a, b, text, sizeof text), 1);
    cr_assert_not_null(strstr(text, "event 777 differs"), "%s", text);
    cr_assert_not_null(strstr(text, "at 777.000 ns CPU 0, thread_ready 777 1"), "%s", text);
    cr_assert_not_null(strstr(text, "at 777.000 ns CPU 0, thread_ready 777 7"), "%s", text);
    sim_event_log_destroy(a);
    sim_event_log_destroy(b);
}

Test(event_log, a_stream_that_ends_earlier_differs_there)
{
    struct sim_event_log *a = log_of(10, UINT64_MAX), *b = log_of(12, UINT64_MAX);
    char text[400] = "";
    cr_assert_eq(sim_event_log_differ(a, b, text, sizeof text), 1);
    cr_assert_not_null(strstr(text, "event 10 differs"), "%s", text);
    cr_assert_not_null(strstr(text, "the run is over"), "%s", text);
    sim_event_log_destroy(a);
    sim_event_log_destroy(b);
}

Test(event_log, the_hash_is_of_the_order_and_of_every_field)
{
    struct sim_trace_event event = {.ps = 1, .cpu = 2, .point = 3, .a = 4, .b = 5}, other = event;
    uint64_t hash = sim_event_hash(0, &event);
    other.cpu = 3;
    cr_assert_neq(sim_event_hash(0, &other), hash);
    other = event;
    other.b = 6;
    cr_assert_neq(sim_event_hash(0, &other), hash);
    cr_assert_neq(sim_event_hash(sim_event_hash(0, &event), &other),
                  sim_event_hash(sim_event_hash(0, &other), &event));
}

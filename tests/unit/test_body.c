/* Bodies that make system calls: they run, they fail, they are stopped. */
#include "scenario_text.h"

#include "sim/measure/result.h"
#include "sim/run/run.h"
#include "sim/scenario/script.h"

struct outcome {
    enum sim_run_outcome run;
    char failure[1024];
};

static struct outcome run_on(const char *machine, const char *text)
{
    struct outcome outcome = {.failure = ""};
    const struct sim_design *none = NULL;
    const struct sim_run_options options = {.machine = machine, .ops = 10, .seed = 3};
    struct sim_plan *plan = scenario_good(text);
    struct sim_result *result = sim_result_create();
    outcome.run =
        sim_compare(plan, &none, 1, &options, result, outcome.failure, sizeof outcome.failure);
    if (result->design_count > 0 && result->designs[0].failures.count > 0)
        snprintf(outcome.failure, sizeof outcome.failure, "%s",
                 result->designs[0].failures.text[0]);
    sim_result_destroy(result);
    sim_plan_free(plan);
    return outcome;
}

/* A server and a client, raw, the client awaited. */
static void write_pair(char text[8192], const char *server, const char *client)
{
    snprintf(text, 8192,
             "local function server(me)\n%s\nend\nlocal function client(me)\n%s\nend\n"
             "return { raw = true, machine = { cpus = 2 }, processes = {\n"
             "server = { body = server, serves = 'x' },\n"
             "client = { body = client, connects = 'x', waits = true } } }\n",
             server, client);
}

static void runs(const char *server, const char *client)
{
    static const char *const machines[] = {"scripted", "threads"};
    char text[8192];
    write_pair(text, server, client);
    for (int i = 0; i < 2; i++) {
        struct outcome outcome = run_on(machines[i], text);
        cr_assert_eq(outcome.run, SIM_RUN_OK, "%s: %s", machines[i], outcome.failure);
    }
}

static void fails(const char *server, const char *client, const char *message)
{
    char text[8192];
    write_pair(text, server, client);
    struct outcome outcome = run_on("scripted", text);
    cr_assert_eq(outcome.run, SIM_RUN_FAILED, "%s", outcome.failure);
    cr_assert_not_null(strstr(outcome.failure, message), "%s", outcome.failure);
}

#define SLEEPS "sleep_until(math.huge)"

Test(body, calls_and_replies_carry_words_and_handles)
{
    runs("while true do local m = endpoint_wait(me.handle.x)\n"
         "  expect(m.call and m[1] == 7 and m[2] == -1 and m[3] == nil and m.badge == 1)\n"
         "  request_reply(m.request, NOT_FOUND, 5, { 8, 9 }, { handles = { port_create(1) } }) end",
         "local m = endpoint_call(me.handle.x, { 7, -1 })\n"
         "expect(m.status == NOT_FOUND and m.result == 5 and m[1] == 8 and m[2] == 9)\n"
         "expect(port_post(m.handle[1], { key = 3, status = OK, result = 4 }))\n"
         "expect(handle_close(m.handle[1]))");
}

Test(body, submits_complete_in_a_port)
{
    runs("while true do local m = endpoint_wait(me.handle.x)\n"
         "  expect(m.submit); request_reply(m.request, OK, m[1] * 2) end",
         "local port = port_create(4)\n"
         "local link = endpoint_connect(me.handle.x, port)\n"
         "for i = 1, 4 do expect(endpoint_submit(link, { i }, { key = 10 + i })) end\n"
         "local none, status = endpoint_submit(link, { 5 }); expect(not none and status == "
         "NO_SLOT)\n"
         "local done = port_wait(port, 4, 4, now() + 10*s)\n"
         "table.sort(done, function(a, b) return a.key < b.key end)\n"
         "for i = 1, 4 do expect(done[i].key == 10 + i and done[i].result == 2 * i)\n"
         "  expect(done[i].source == 'request' and done[i].status == OK) end\n"
         "local nothing, why = port_wait(port, 1, 1, 0); expect(not nothing and why == "
         "WOULD_BLOCK)\n"
         "expect(handle_close(port))");
}

Test(body, messages_of_words_come_in_batches)
{
    runs(SLEEPS, "local own = endpoint_create(8)\n"
                 "for i = 1, 4 do endpoint_send(own, { i, -i }) end\n"
                 "local list = endpoint_wait_batch(own, 3, 3)\n"
                 "expect(#list == 3)\n"
                 "for i, m in ipairs(list) do expect(m[1] == i and m[2] == -i and m[3] == nil)\n"
                 "  expect(m.bytes == 16 and m.badge == 0) end\n"
                 "local some, status = endpoint_wait_batch(own, 2, 8, now() + 1)\n"
                 "expect(#some == 1 and status == TIMED_OUT)\n"
                 "local none, why = endpoint_wait_batch(own, 1, 1, 0)\n"
                 "expect(not none and why == WOULD_BLOCK)\n"
                 "endpoint_send(own, {}, { handles = { port_create(1) } })\n"
                 "none, why = endpoint_wait_batch(own)\n"
                 "expect(not none and why == TOO_LONG)\n"
                 "expect(port_post(endpoint_wait(own).handle[1], { key = 1 }))");
}

Test(body, lent_memory_is_read_and_written)
{
    runs("while true do local m = endpoint_wait(me.handle.x)\n"
         "  expect(m.lent[1].length == 8 and #m.lent == 1)\n"
         "  local text = request_read(m.request, 0, 8); expect(text == 'question')\n"
         "  expect(request_write(m.request, 2, 'iet'))\n"
         "  request_reply(m.request) end",
         "local b = buffer_create(64); b:set(8, 'question')\n"
         "local m = endpoint_call(me.handle.x, {}, { lend = { b, 8, 8 } })\n"
         "expect(m.status == OK and b:string(8, 8) == 'quietion' and #b == 64, b:string(8, 8))\n"
         "expect(not pcall(b.set, b, 60, 'too long') and not pcall(b.string, b, -1))\n"
         "expect(buffer_read(b, 8, 5) == 'quiet' and buffer_write(b, 0, 'ab') and b:string(0, 2) "
         "== 'ab')\n"
         "expect(buffer_unregister(b)); expect(b:string(0, 2) == 'ab')");
}

Test(body, long_messages_travel)
{
    runs("while true do local m, status, need = endpoint_wait(me.handle.x)\n"
         "  expect(not m and status == TOO_LONG and need == 1000)\n"
         "  m = endpoint_wait(me.handle.x, math.huge, 2000)\n"
         "  expect(m.bytes == 1000 and m.data == ('x'):rep(1000))\n"
         "  request_reply(m.request, OK, 0, nil, { data = ('y'):rep(500) }) end",
         "local m = endpoint_call(me.handle.x, nil, { data = ('x'):rep(1000), capacity = 1000 })\n"
         "expect(m.status == OK and m.data == ('y'):rep(500))");
}

Test(body, reply_and_wait_and_closed_waits)
{
    runs("local m = endpoint_wait(me.handle.x)\n"
         "while true do m = endpoint_reply_wait(me.handle.x, m.request, OK, m[1] + 1) end",
         "for i = 1, 20 do expect(endpoint_call(me.handle.x, { i }).result == i + 1) end\n"
         "local own = endpoint_create(2)\n"
         "local five = handle_duplicate(own, { 'send' }, 5)\n"
         "expect(endpoint_send(five, { 1 }) and endpoint_send(own, { 2 }))\n"
         "expect(endpoint_receive(own, 'badge', 5, 0)[1] == 1)\n"
         "local none, status = endpoint_receive(own, 'badge', 6, now() + 1*ms)\n"
         "expect(not none and status == TIMED_OUT)\n"
         "local ok, full = endpoint_send(own, { 3 }) and endpoint_send(own, { 4 }, { fail_full = "
         "true })\n"
         "expect(not ok)\n"
         "handle_close(own); handle_close(five)");
}

Test(body, requests_are_cancelled_and_passed)
{
    runs("local own, held = endpoint_create(4), {}\n"
         "while true do local m = endpoint_wait(me.handle.x)\n"
         "  if m.request ~= 0 and not m.cancel then\n"
         "    if m[1] == 1 then expect(request_pass(m.request, own))\n"
         "      local again = endpoint_wait(own); request_reply(again.request, OK, 11) end\n"
         "  end end",
         "local port = port_create(2); local link = endpoint_connect(me.handle.x, port)\n"
         "expect(endpoint_submit(link, { 1 }, { key = 1 }))\n"
         "expect(port_wait(port, 1, 1)[1].result == 11)\n"
         "local r = endpoint_submit(link, { 2 }, { key = 2 })\n"
         "expect(request_cancel(r)); local c = port_wait(port)[1]\n"
         "expect(c.key == 2 and c.status == CANCELLED)\n"
         "expect(port_cancel(port, 9) == 0)");
}

Test(body, attached_endpoints_appear_in_a_port)
{
    runs(SLEEPS,
         "local port, own = port_create(2), endpoint_create(2)\n"
         "expect(port_attach(port, own, 77, 'level')); expect(endpoint_send(own, { 1 }))\n"
         "local c = port_wait(port)[1]; expect(c.key == 77 and c.source == 'endpoint')\n"
         "expect(endpoint_wait(own, 0)[1] == 1); expect(port_detach(port, own) ~= nil)\n"
         "local b = buffer_create(10); local shared = buffer_share(b, { 'read' })\n"
         "b:set(0, 'abc'); expect(buffer_read(shared, 0, 3) == 'abc'); expect(buffer_revoke(b))\n"
         "local none, status = buffer_read(shared, 0, 3); expect(not none and status == STALE)\n"
         "expect(thread_priority(50) == 100); thread_affinity(1); thread_affinity(); "
         "thread_yield()\n"
         "thread_compute(1000); thread_checkpoint(); thread_sleep_until(clock_now() + 1000)");
}

Test(body, the_callers_own_faults_raise_errors_with_a_line)
{
    fails(SLEEPS, "endpoint_send(12345, {})", "test.lua:5: endpoint_send: BAD_HANDLE, no such");
    fails(SLEEPS, "port_post(me.handle.x, { key = 1 })", "port_post: WRONG_TYPE");
    fails(SLEEPS, "endpoint_wait(me.handle.x, 0)", "endpoint_wait: NO_RIGHT");
    fails(SLEEPS, "endpoint_send(me.handle.y, {})", "'y' is not a handle of this process");
    fails(SLEEPS, "endpoint_send(me.handle.x, { 1 }, { handle = {} })",
          "unknown option 'handle': did you mean 'handles'?");
    fails(SLEEPS, "endpoint_send(me.handle.x, { 'a' })", "entry 1 is a string");
    fails(SLEEPS, "handle_duplicate(me.handle.x, { 'sent' })", "did you mean 'send'?");
    fails(SLEEPS, "me:next()", "with raw = true, bodies make system calls");
    fails(SLEEPS,
          "endpoint_send(me.handle.x, { 1 })\n"
          "assert(endpoint_send(me.handle.x, { 1 }, { fail_full = true }))",
          "FULL, the queue is full");
    fails(SLEEPS, "port_wait(port_create(1), 2, 1)", "at least 1");
    fails(SLEEPS, "endpoint_wait_batch(endpoint_create(1), 2, 1)", "at least 1");
    fails(SLEEPS, "endpoint_wait_batch(endpoint_create(1), 1, 257)", "at most 256");
    fails(SLEEPS, "compute(-1, 2); compute('x')", "number expected");
    fails(SLEEPS, "slep_until(1)", "did you mean 'sleep_until'?");
}

Test(body, a_failed_expectation_fails_the_run)
{
    fails(SLEEPS, "expect(1 == 2, 'no')", "test.lua:5: failed: no (process 'client')");
    fails("expect(false)", "sleep_until(now() + 1*ms)", "failed: expect(false) (process 'server')");
    fails("error('broken')", SLEEPS, "test.lua:2: broken (process 'server')");
}

Test(body, memory_and_nesting_are_bounded)
{
    fails(SLEEPS, "local t = {} for i = 1, math.huge do t[i] = i end", "not enough memory");
    fails(SLEEPS,
          "local function f() return pcall(f) end f() local g; g = function() error(g()) end g()",
          "test.lua:5: ");
    fails(SLEEPS, "for i = 1, 1000 do assert(buffer_create(1*MiB)) end", "NO_QUOTA");
}

Test(body, a_server_in_an_endless_loop_is_killed)
{
    runs("while true do end", "sleep_until(now() + 50*us)");
    runs("while true do pcall(function() while true do end end) end", "sleep_until(now() + 50*us)");
}

Test(body, threads_of_a_body_share_nothing_but_the_endpoint)
{
    struct outcome outcome = run_on(
        "scripted",
        "local seen = 0\n"
        "local function server(me) while true do local m = endpoint_wait(me.handle.x)\n"
        "  seen = seen + 1; request_reply(m.request, OK, me.thread) end end\n"
        "local function client(me) for i = 1, 10 do\n"
        "  local m = endpoint_call(me.handle.x, {}); expect(m.status == OK and m.result <= 3) end\n"
        "  expect(seen == 0) end\n"
        "return { raw = true, machine = { cpus = 2 }, processes = {\n"
        "  server = { body = server, serves = 'x', threads = 3 },\n"
        "  client = { body = client, connects = 'x', waits = true, count = 2, threads = 2 }"
        " } }\n");
    cr_assert_eq(outcome.run, SIM_RUN_OK, "%s", outcome.failure);
}

Test(body, chance_follows_from_the_seed_and_the_thread)
{
    struct outcome outcome =
        run_on("scripted",
               "local die = uniform(1, 6)\n"
               "local function server(me) local seen = {}\n"
               "  while true do local m = endpoint_wait(me.handle.x)\n"
               "    local again = seen[m[1]]; seen[m[1]] = true\n"
               "    request_reply(m.request, OK, again and 1 or 0) end end\n"
               "local function client(me)\n"
               "  for i = 1, 100 do local n = die(); expect(n >= 1 and n <= 6 and math.type(n) == "
               "'integer')\n"
               "    local f = math.random(); expect(f >= 0 and f < 1)\n"
               "    expect(uniform(5, 5) == 5); expect(math.random(3) <= 3) end\n"
               "  local m = endpoint_call(me.handle.x, { math.random(0) })\n"
               "  expect(m.result == 0, 'two threads drew the same') end\n"
               "return { raw = true, processes = { server = { body = server, serves = 'x' },\n"
               "  client = { body = client, connects = 'x', waits = true, threads = 4 } } }\n");
    cr_assert_eq(outcome.run, SIM_RUN_OK, "%s", outcome.failure);
}

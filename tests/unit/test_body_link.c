/* Bodies that speak to links: the same file over every design, on two machines. */
#include "scenario_text.h"

#include "sim/measure/result.h"
#include "sim/run/run.h"

extern const struct sim_design *const sim_design_table[];

static enum sim_run_outcome run_over(const struct sim_design *design, const char *machine,
                                     const char *text, char failure[1024])
{
    const struct sim_run_options options = {.machine = machine, .ops = 50, .seed = 3};
    struct sim_plan *plan = scenario_good(text);
    struct sim_result *result = sim_result_create();
    failure[0] = 0;
    enum sim_run_outcome outcome = sim_compare(plan, &design, 1, &options, result, failure, 1024);
    if (result->design_count > 0 && result->designs[0].failures.count > 0)
        snprintf(failure, 1024, "%s", result->designs[0].failures.text[0]);
    sim_result_destroy(result);
    sim_plan_free(plan);
    return outcome;
}

static void write_pair(char text[8192], const char *server, const char *client)
{
    snprintf(text, 8192,
             "local function server(me)\n%s\nend\nlocal function client(me)\n%s\nend\n"
             "return { machine = { cpus = 2 }, processes = {\n"
             "server = { body = server, serves = 'x' },\n"
             "client = { body = client, connects = { x = { depth = 4 } }, waits = true } } }\n",
             server, client);
}

static void runs_text(const char *text)
{
    static const char *const machines[] = {"scripted", "threads"};
    char failure[1024];
    cr_assert_not_null(sim_design_table[0], "there is a design");
    for (uint32_t i = 0; sim_design_table[i] != NULL; i++)
        for (int j = 0; j < 2; j++) {
            enum sim_run_outcome outcome =
                run_over(sim_design_table[i], machines[j], text, failure);
            cr_assert_eq(outcome, SIM_RUN_OK, "%s, %s: %s", sim_design_table[i]->name, machines[j],
                         failure);
        }
}

static void runs(const char *server, const char *client)
{
    char text[8192];
    write_pair(text, server, client);
    runs_text(text);
}

static void fails(const char *server, const char *client, const char *message)
{
    char text[8192], failure[1024];
    write_pair(text, server, client);
    for (uint32_t i = 0; sim_design_table[i] != NULL; i++) {
        enum sim_run_outcome outcome = run_over(sim_design_table[i], "scripted", text, failure);
        cr_assert_eq(outcome, SIM_RUN_FAILED, "%s: %s", sim_design_table[i]->name, failure);
        cr_assert_not_null(strstr(failure, message), "%s: %s", sim_design_table[i]->name, failure);
    }
}

#define DOUBLES "while true do local e = me:next(); e:reply(OK, e[1] * 2) end"

Test(body_link, words_travel_and_results_come_back)
{
    runs("while true do local e = me:next()\n"
         "  expect(e.kind == 'request' and #e == 4 and e[1] == 1 and e[4] == -4 and e[5] == nil)\n"
         "  expect(e.badge == 1 and e.key == nil and e.length == 0)\n"
         "  e:reply(NOT_FOUND, 77) end",
         "local x = me:link('x'); expect(me.number == 1 and me.name == 'client')\n"
         "expect(x:submit({ 1, 2, 3, -4 }, { key = 9 }) == 9)\n"
         "local c = me:next()\n"
         "expect(c.kind == 'completion' and c.key == 9 and c.status == NOT_FOUND and c.result == "
         "77)\n"
         "expect(c.link == x and #c == 0 and c[1] == nil and c.badge == nil)");
}

Test(body_link, keys_are_chosen_where_none_is_given)
{
    runs(DOUBLES, "local x, asked = me:link('x'), {}\n"
                  "for i = 1, 4 do asked[x:submit({ i })] = i end\n"
                  "for i = 1, 4 do local c = me:next(); expect(c.result == 2 * asked[c.key])\n"
                  "  asked[c.key] = nil end\n"
                  "expect(next(asked) == nil)");
}

Test(body_link, more_than_the_depth_is_refused)
{
    runs(DOUBLES, "local x, refused, status = me:link('x')\n"
                  "for i = 1, 4 do assert(x:submit({ i })) end\n"
                  "refused, status = x:submit({ 5 })\n"
                  "expect(refused == nil and status == NO_SLOT, tostring(status))\n"
                  "for i = 1, 4 do me:next() end\n"
                  "assert(x:submit({ 6 })); expect(me:next().result == 12)");
}

Test(body_link, waiting_ends_at_the_deadline)
{
    runs(DOUBLES,
         "local nothing, status = me:next(0); expect(nothing == nil and status == WOULD_BLOCK)\n"
         "nothing, status = me:next(now() + 10*us)\n"
         "expect(nothing == nil and status == TIMED_OUT)");
}

Test(body_link, lent_memory_is_read_and_written)
{
    runs("while true do local e = me:next(); expect(e.length == 100)\n"
         "  expect(e:read(0, 5) == 'hello' and #e:read() == 100 and #e:read(90) == 10)\n"
         "  expect(e:write(5, ' there')); e:reply(OK, 11)\n"
         "  local none, status = e:read(0, 1); expect(none == nil and status == STALE) end",
         "local b = me:buffer(4096); b:set(50, 'hello')\n"
         "assert(me:link('x'):submit({}, { lend = { b, 50, 100 } }))\n"
         "local c = me:next(); expect(c.status == OK and c.result == 11)\n"
         "expect(b:string(50, 11) == 'hello there')");
}

Test(body_link, a_request_is_answered_once)
{
    runs("while true do local e = me:next(); expect(e:reply(OK, 1))\n"
         "  local none, status = e:reply(OK, 2); expect(none == nil and status == STALE) end",
         "local x = me:link('x')\n"
         "for i = 1, 5 do assert(x:submit({ i })); expect(me:next().result == 1) end");
}

Test(body_link, answers_may_come_in_another_order)
{
    runs("local held = {}\n"
         "while true do held[#held + 1] = me:next(now() + 50*us)\n"
         "  while #held > 0 and (#held == 3 or me:next(0) == nil) do\n"
         "    local e = table.remove(held); e:reply(OK, e[1]) end end",
         "local x = me:link('x')\n"
         "assert(x:submit({ 5 }, { key = 5 })); local c = me:next()\n"
         "expect(c.key == 5 and c.result == 5)");
}

Test(body_link, a_cancelled_operation_completes_once_or_cannot_be)
{
    runs("while true do local e = me:next(); if e[1] == 1 then compute(10*us) end; e:reply(OK) end",
         "local x = me:link('x')\n"
         "assert(x:submit({ 1 }, { key = 1 })); x:cancel(1)\n"
         "local c = me:next(); expect(c.key == 1 and (c.status == OK or c.status == CANCELLED))\n"
         "expect(me:next(now() + 50*us) == nil)");
}

Test(body_link, a_process_serves_and_asks_at_once)
{
    runs_text(
        "local function store(me) while true do local e = me:next(); e:reply(OK, e[1] + 1) end "
        "end\n"
        "local function cache(me) local store, asked = me:link('store'), {}\n"
        "  while true do local e = me:next()\n"
        "    if e.kind == 'completion' then asked[e.key]:reply(e.status, e.result * 10)\n"
        "      asked[e.key] = nil\n"
        "    else asked[store:submit({ e[1] })] = e end end end\n"
        "local function client(me) local cache = me:link('cache')\n"
        "  for i = 1, 20 do assert(cache:submit({ i }, { key = i })); local c = me:next()\n"
        "    expect(c.key == i and c.result == (i + 1) * 10, c.result) end end\n"
        "return { machine = { cpus = 2 }, processes = {\n"
        "  store = { body = store, serves = 'store', threads = 2 },\n"
        "  cache = { body = cache, serves = 'cache', connects = { store = { depth = 8 } } },\n"
        "  client = { body = client, connects = { cache = { depth = 2 } }, count = 2,\n"
        "    threads = 2, waits = true } } }\n");
}

Test(body_link, several_instances_are_told_apart)
{
    runs_text("local function server(me) while true do me:next():reply(OK, me.instance) end end\n"
              "local function client(me)\n"
              "  for i = 1, 3 do assert(me:link('x', i):submit({ 0 })); local c = me:next()\n"
              "    expect(c.result == i and c.link == me:link('x', i)) end end\n"
              "return { processes = { server = { body = server, serves = 'x', count = 3 },\n"
              "  client = { body = client, connects = 'x', waits = true } } }\n");
}

Test(body_link, a_body_drives_a_device)
{
    runs_text("local OPEN <const>, STAT <const>, READ <const>, CLOSE <const> = 1, 2, 3, 5\n"
              "local function files(me) local asked, d = {}, me.device\n"
              "  while true do local e = me:next(); local key\n"
              "    if e.kind == 'device' then asked[e.key]:reply(e.status, e.result); asked[e.key] "
              "= nil\n"
              "    elseif e[1] == OPEN then key = assert(d.open(e:read(0, e[3]), 'read'))\n"
              "    elseif e[1] == STAT then key = assert(d.stat(e[2]))\n"
              "    elseif e[1] == READ then key = assert(d.read(e[2], e[3], e[4], e))\n"
              "    elseif e[1] == CLOSE then key = assert(d.close(e[2]))\n"
              "    else e:reply(BAD_OPERATION) end\n"
              "    if key then asked[key] = e end end end\n"
              "return { machine = { cpus = 2 },\n"
              "  devices = { disk = { kind = 'file', make = 1*MiB } },\n"
              "  processes = { files = { body = files, serves = 'files', device = 'disk' },\n"
              "    client = { role = 'client', connects = { files = { depth = 4 } }, op = 'read',\n"
              "      bytes = 4*KiB, verify = true } },\n"
              "  expect = function(r) expect(r.verified_bytes > 0) end }\n");
}

Test(body_link, a_failing_body_fails_the_run)
{
    fails(DOUBLES, "expect(1 > 2, 'no')", "test.lua:5: failed: no (process 'client')");
    fails(DOUBLES, "me:link('y')", "process 'client' has no link 'y': accepted: x");
    fails(DOUBLES, "me:link('x', 2)", "link 'x' 2 is out of range: accepted are 1 to 1");
    fails(DOUBLES, "me:link('x'):submit({ 1, 2, 3, 4, 5 })", "5 entries, at most 4");
    fails(DOUBLES, "me:link('x'):submit({ 1 }, { kye = 1 })",
          "unknown option 'kye': did you mean 'key'?");
    fails(DOUBLES, "me:link('x'):submit({ 1 }, { right = 'raed' })", "did you mean 'read'?");
    fails(DOUBLES, "me:link('x'):submit({ 1 }, { lend = 5 })", "lend is a buffer");
    fails(DOUBLES, "me:link('x'):sumbit({ 1 })", "did you mean 'submit'?");
    fails(DOUBLES, "port_create(1)", "port_create() is for scenarios with raw = true");
    fails(DOUBLES, "me:buffer(0)", "accepted are 1 to");
    fails(DOUBLES, "me.nmae = 1", "cannot be set");
    fails("error('broken')", "sleep_until(now() + 20*us)", "test.lua:2: broken (process 'server')");
}

Test(body_link, an_awaited_body_in_an_endless_loop_is_preempted)
{
    runs_text("local function client(me) local t = now() + 100*us; while now() < t do end end\n"
              "local function spin(me) while true do end end\n"
              "return { machine = { cpus = 1 }, processes = {\n"
              "  client = { body = client, waits = true, priority = 120 },\n"
              "  spin = { body = spin } } }\n");
}

/* What differs from plain Lua: each test is a piece of Lua that must run to its end. */
#include "scenario_text.h"

static void runs(const char *lua)
{
    char text[4096], error[1024];
    snprintf(text, sizeof text,
             "%s\nreturn { processes = { a = { role = 'client', connects = 'x' },\n"
             "  b = { role = 'echo_server', serves = 'x' } } }\n",
             lua);
    struct sim_plan *plan = scenario_load(text, NULL, 0, error);
    cr_assert_not_null(plan, "%s", error);
    sim_plan_free(plan);
}

Test(sandbox, pairs_goes_in_the_order_of_keys)
{
    runs("local t, s = { [3] = 1, [1] = 1, [2.5] = 1, b = 1, a = 1, [true] = 1, [-1] = 1, ab = 1 "
         "}, {}\n"
         "for k in pairs(t) do s[#s + 1] = tostring(k) end\n"
         "assert(table.concat(s, ' ') == '-1 1 2.5 3 a ab b true', table.concat(s, ' '))");
    runs("local t, s = {}, {}\n"
         "for i = 1000, 1, -1 do t['k' .. i] = i end\n"
         "for k in pairs(t) do s[#s + 1] = k end\n"
         "assert(#s == 1000)\n"
         "for i = 2, #s do assert(s[i - 1] < s[i]) end");
}

Test(sandbox, pairs_allows_removal_on_the_way)
{
    runs("local t, n = { a = 1, b = 2, c = 3 }, 0\n"
         "for k in pairs(t) do n = n + 1; t.b = nil; t[k] = nil end\n"
         "assert(n == 2 and next(t) == nil)");
}

Test(sandbox, next_goes_in_the_same_order)
{
    runs("local t, s, k = { z = 1, y = 2, [2] = 3, [1] = 4 }, {}, nil\n"
         "k = next(t)\n"
         "while k ~= nil do s[#s + 1] = k; k = next(t, k) end\n"
         "assert(table.concat(s, ' ') == '1 2 y z')");
}

Test(sandbox, metamethods_of_pairs_are_honoured)
{
    runs("local t = setmetatable({}, { __pairs = function(t) return function(_, k)\n"
         "  if not k then return 1, 2 end end, t, nil end })\n"
         "local n = 0; for k, v in pairs(t) do n = n + k + v end; assert(n == 3)");
}

Test(sandbox, nothing_shows_an_address)
{
    runs("assert(tostring({}) == 'table'); assert(tostring(print) == 'function')\n"
         "assert(tostring(coroutine.create(print)) == 'thread')\n"
         "assert(string.format('%s %5s|%-7s|%d%%', {}, 'x', print, 3) == 'table     "
         "x|function|3%')\n"
         "assert(tostring(uniform(1, 2)) == 'distribution')");
    runs("assert(tostring(1) == '1' and tostring(1.0) == '1.0' and tostring(nil) == 'nil')\n"
         "assert(tostring(setmetatable({}, { __tostring = function() return 'me' end })) == 'me')");
}

Test(sandbox, sort_is_stable)
{
    runs("local t = {}\n"
         "for i = 1, 500 do t[i] = { i // 10 * 7 % 11, i } end\n"
         "table.sort(t, function(a, b) return a[1] < b[1] end)\n"
         "for i = 2, #t do assert(t[i - 1][1] < t[i][1] or\n"
         "  (t[i - 1][1] == t[i][1] and t[i - 1][2] < t[i][2])) end");
    runs("local t = { 5, 3, 9, 1 }; table.sort(t); assert(table.concat(t, ' ') == '1 3 5 9')\n"
         "local w = { 'b', 'a', 'ab' }; table.sort(w); assert(table.concat(w, ' ') == 'a ab b')\n"
         "table.sort({}); assert(not pcall(table.sort, { 1, 'x' }))");
}

Test(sandbox, list_functions_work)
{
    runs("local t = { 1, 2, 3 }; table.insert(t, 4); table.insert(t, 1, 0)\n"
         "assert(table.concat(t, ' ') == '0 1 2 3 4')\n"
         "assert(table.remove(t) == 4 and table.remove(t, 1) == 0 and #t == 3)\n"
         "assert(table.remove({}) == nil)\n"
         "table.move(t, 1, 3, 2); assert(table.concat(t, ' ') == '1 1 2 3')\n"
         "table.move(t, 2, 4, 1); assert(table.concat(t, ' ') == '1 2 3 3')\n"
         "assert(table.concat(table.move({ 7, 8 }, 1, 2, 1, {}), ' ') == '7 8')\n"
         "assert(not pcall(table.insert, t, 9, 1) and not pcall(table.remove, t, 9))");
}

Test(sandbox, text_functions_work)
{
    runs("assert(('ab'):rep(3, '-') == 'ab-ab-ab' and ('x'):rep(0) == '' and ('x'):rep(-1) == '')\n"
         "assert(('hello'):find('l') == 3 and ('hello'):find('l', 4) == 4)\n"
         "assert(('hello'):find('xyz') == nil and ('a.b'):find('.', 1, true) == 2)\n"
         "assert(('hello'):find('l', -2) == 4 and ('hello'):find('', 6) == 6)\n"
         "assert(('hello'):find('h', -100) == 1 and ('hello'):find('', 7) == nil)\n"
         "assert(not pcall(string.find, 'a', '.'))");
}

Test(sandbox, protected_calls_work)
{
    runs("local ok, e = pcall(error, 'x'); assert(not ok and e == 'x')\n"
         "assert(select('#', pcall(function() return 1, nil, 3 end)) == 4)\n"
         "local ok, e = xpcall(function(a) error(a .. '!', 0) end, function(m) return m .. '?' "
         "end, 'y')\n"
         "assert(not ok and e == 'y!?')\n"
         "local ok, a, b = xpcall(function(...) return ... end, print, 1, 2)\n"
         "assert(ok and a == 1 and b == 2)");
}

Test(sandbox, coroutines_work_across_protected_calls)
{
    runs("local c = coroutine.wrap(function(a) local b = select(2, pcall(coroutine.yield, a + 1))\n"
         "  return b * 2 end)\n"
         "assert(c(1) == 2 and c(21) == 42)\n"
         "local d = coroutine.create(function() error('x', 0) end)\n"
         "local ok, e = coroutine.resume(d); assert(not ok and e == 'x')\n"
         "assert(coroutine.status(d) == 'dead')");
}

Test(sandbox, constants_are_there)
{
    runs("assert(KiB == 1024 and MiB == 1024 * 1024 and us == 1000 and ms == 1000 * us and s == "
         "1000 * ms)\n"
         "assert(OK == 0 and BAD_OPERATION == -7 and TIMED_OUT == -15)");
}

Test(sandbox, a_status_makes_a_message)
{
    char error[1024];
    cr_assert_null(scenario_load("assert(nil, TIMED_OUT)\n", NULL, 0, error));
    cr_assert_not_null(strstr(error, "test.lua:1: TIMED_OUT, the deadline passed"), "%s", error);
    cr_assert_null(scenario_load("\nerror({})\n", NULL, 0, error));
    cr_assert_not_null(strstr(error, "test.lua:2: error with a value of type table"), "%s", error);
}

Test(sandbox, own_globals_may_be_set)
{
    runs("GET = 1; assert(GET == 1)\n"
         "function twice(x) return 2 * x end; assert(twice(2) == 4)\n"
         "assert(not pcall(function() return TYPO end))");
}

Test(sandbox, exact_mathematics_only)
{
    runs("assert(math.floor(2.5) == 2 and math.max(1, 2) == 2 and math.huge > 1)\n"
         "assert(not pcall(function() return math.sin end))");
}

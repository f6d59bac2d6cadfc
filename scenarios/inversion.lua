-- inversion.lua
-- Priority inversion, once in each period: the server works for a client of low priority when one of
-- high priority asks it, and then one of middle priority wants their one CPU for long.
--
--   0      low asks for `hold` of the server's work
--   early  high asks for `service`: its response time is what is measured
--   later  middle computes for `work`, and then asks for `service` as well
--
-- Where the server inherits the priority of those who wait for it, high waits for the rest of `hold`
-- at the most; else for all of `work`. Only a synchronous call makes the server inherit, so compare
-- the design rendezvous with inherit=inherit and inherit=none.
local p = params {
  cpus    = { 1, 1, 1024,         "all run on the first; the others idle" },
  servers = { 1, 1, 2,            "in a chain: the first asks the second" },
  inherit = { "inherit", { "inherit", "none" }, "option of the kernel" },
  hold    = { 100*us, 1*us, 1*s,  "server's work for a request of low" },
  service = { 20*us, 1*us, 1*s,   "server's work for one of high and middle" },
  work    = { 1*ms, 1*us, 10*s,   "middle's own work" },
  early   = { 30*us, 0, 1*s,      "when high asks, after low" },
  later   = { 40*us, 0, 1*s,      "when middle begins, after low" },
  period  = { function(p) return 2 * (p.hold + 2 * p.service + p.work + p.early + p.later) end,
              1*us, 100*s,        "from one time to the next" },
}
local HIGH <const>, MIDDLE <const>, LOW <const>, SERVER <const> = 200, 100, 50, 10

local function server(me)                     -- a request says how long to work
  while true do
    local r = me:next()
    compute(r[1])
    r:reply(OK)
  end
end

-- Calls `act` once in each period, so long after the client of high priority would begin to count.
local function periodically(after, act)
  local start = now() + p.period - p.early
  for i = 0, math.huge do
    sleep_until(start + i * p.period + after)
    act()
  end
end

local function ask(me, work)
  me:link("work"):submit({ work })
  expect(me:next().status == OK)
end

local function low(me)
  periodically(0, function() ask(me, p.hold) end)
end

local function middle(me)
  periodically(p.later, function() compute(p.work); ask(me, p.service) end)
end

local processes = {
  server = { body = server, serves = p.servers == 1 and "work" or "rest", priority = SERVER,
             cpu = 0 },
  high   = { role = "client", connects = "work", send = { p.service }, arrival = every(p.period),
             priority = HIGH, cpu = 0 },
  middle = { body = middle, connects = "work", priority = MIDDLE, cpu = 0 },
  low    = { body = low, connects = "work", priority = LOW, cpu = 0 },
}
if p.servers == 2 then
  processes.front = { role = "pipeline_stage", serves = "work", connects = "rest",
                      priority = SERVER, cpu = 0 }
end

return {
  about     = "a client of high priority waits for a server that works for one of low priority",
  machine   = { cpus = p.cpus, costs = "free" },
  kernel    = { inherit = p.inherit },
  processes = processes,
  expect = function(r)
    expect(r.errors == 0)
    if r.exact and r.design == "rendezvous" and p.early < p.hold and p.later < p.hold then
      local inherits = r.response_ns.max < p.hold + 2 * p.service + p.work / 2
      expect(inherits == (p.inherit == "inherit"), "high waits for middle where nothing is inherited")
    end
  end,
}

-- queue.lua
-- The textbook's queue: requests come at random times, wait in one line, and are served by one of
-- several servers. At zero cost of IPC the times are those of queueing theory.
local p = params {
  cpus    = { function(p) return p.servers + 1 end, 1, 1024,
              "one for each server, one for all clients; with fewer they share" },
  load    = { "open", { "open", "fixed", "closed" }, "operations come at random, at fixed times, or when asked" },
  percent = { 70, 1, 200,       "open, fixed: percent of what the servers can do" },
  servers = { 1, 1, 512,        "threads that serve one endpoint, a CPU each" },
  service = { 10*us, 1, 1*s,    "work for one operation, in the mean" },
  shape   = { "exponential", { "exponential", "constant" }, "how that is distributed" },
  clients = { 1, 1, 1000,       "client processes" },
  depth   = { 1000, 1, 10000,   "open, fixed: operations in flight per client" },
  think   = { 100*us, 0, 1*s,   "closed: time between two operations of a client, in the mean" },
}

local client = { role = "client", count = p.clients, priority = 200,
                 cpu = math.min(p.servers, p.cpus - 1),
                 connects = { line = { depth = p.load == "closed" and 1 or p.depth } },
                 send = { 0 } }
local gap = p.service * p.clients * 100 / (p.servers * p.percent)      -- of one client
if p.load == "open" then
  client.arrival = poisson(1*s / gap)
elseif p.load == "fixed" then
  client.arrival = every(math.tointeger(gap // 1))
elseif p.think > 0 then
  client.pause = exponential(p.think)
end

return {
  about     = "random arrivals, one line, several servers",
  machine   = { cpus = p.cpus, costs = "free" },
  processes = {
    server = { role = "echo_server", serves = "line", threads = p.servers, place = "spread",
               service = p.shape == "constant" and p.service or exponential(p.service) },
    client = client,
  },
  expect = function(r)
    expect(r.errors == 0)
    expect(r.process.server.requests > 0)
  end,
}

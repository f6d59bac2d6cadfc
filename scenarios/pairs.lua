-- pairs.lua
-- Clients and servers in pairs that share nothing, each pair on a CPU of its own: what a design, and
-- the kernel's locking, leave of that when there are many CPUs.
local p = params {
  cpus    = { 2, 1, 1024,       "simulated CPUs" },
  pairs   = { function(p) return p.cpus end, 1, 10000, "pairs of a client and its server" },
  depth   = { 1, 1, 64,         "operations in flight per client" },
  bytes   = { 8, 0, 64*KiB,     "bytes each way" },
  think   = { 0, 0, 1*s,        "work of a client between two operations" },
  service = { 0, 0, 1*s,        "work of a server for one operation" },
}

return {
  about     = "disjoint pairs of a client and a server, a pair per CPU",
  machine   = { cpus = p.cpus },
  processes = {
    server = { role = "echo_server", count = p.pairs, place = "pairs", serves = "echo",
               service = p.service },
    client = { role = "client", count = p.pairs, place = "pairs",
               connects = { echo = { depth = p.depth, own = true } },
               op = "echo", bytes = p.bytes, think = p.think },
  },
  expect = function(r)
    expect(r.errors == 0)
    expect(r.process.server.instances == p.pairs)
  end,
}

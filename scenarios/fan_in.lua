-- fan_in.lua
-- Many clients ask one server: how a design queues, and what a crowd costs it.
local p = params {
  cpus    = { 2, 1, 1024,       "simulated CPUs" },
  clients = { 16, 1, 10000,     "client processes" },
  depth   = { 4, 1, 256,        "operations in flight per client" },
  bytes   = { 8, 0, 1*MiB,      "bytes each way" },
  service = { 0, 0, 1*s,        "work of the server for one operation" },
  threads = { 1, 1, 64,         "threads of the server, all at one endpoint" },
}

return {
  about     = "many clients ask one server",
  machine   = { cpus = p.cpus },
  processes = {
    server = { role = "echo_server", serves = "work", threads = p.threads,
               service = p.service },
    client = { role = "client", count = p.clients,
               connects = { work = { depth = p.depth } },
               op = "echo", bytes = p.bytes, verify = p.bytes > 16 },
  },
  expect = function(r)
    expect(r.errors == 0)
    expect(r.process.server.requests > 0)
  end,
}

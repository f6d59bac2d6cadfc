-- fan_out.lua
-- One client keeps many servers busy at once, and takes whatever answer comes first.
local p = params {
  cpus    = { 2, 1, 1024,       "simulated CPUs" },
  servers = { 8, 1, 1000,       "server processes" },
  depth   = { 4, 1, 64,         "operations in flight per server" },
  bytes   = { 8, 0, 1*MiB,      "bytes each way" },
  service = { 10*us, 0, 1*s,    "work of a server for one operation" },
}

return {
  about     = "one client waits on many servers",
  machine   = { cpus = p.cpus },
  processes = {
    server = { role = "echo_server", count = p.servers, serves = "work",
               service = p.service },
    client = { role = "client", connects = { work = { depth = p.depth } },
               op = "echo", bytes = p.bytes, verify = p.bytes > 16 },
  },
  expect = function(r)
    expect(r.errors == 0)
    expect(r.process.server.requests > 0)
  end,
}

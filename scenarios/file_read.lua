-- file_read.lua
-- Clients read one file through a file server, straight into their own buffers.
local p = params {
  cpus    = { 2, 1, 1024,          "simulated CPUs" },
  clients = { 4, 1, 10000,         "client processes" },
  depth   = { 8, 1, 256,           "reads in flight per client" },
  block   = { 4*KiB, 512, 1*MiB,   "bytes per read" },
  order   = { "random", { "random", "sequential" }, "offsets" },
  servers = { 1, 1, 64,            "file server processes" },
  threads = { 1, 1, 64,            "threads in each" },
  file    = { "", "host file to read; empty: 64 MiB made for the run" },
}

return {
  about     = "clients read blocks of a file through a file server",
  machine   = { cpus = p.cpus },
  devices   = { disk = { kind = "file", path = p.file, make = 64*MiB } },
  processes = {
    server = { role = "file_server", count = p.servers, threads = p.threads,
               serves = "files", device = "disk" },
    client = { role = "client", count = p.clients,
               connects = { files = { depth = p.depth } },
               op = "read", bytes = p.block, order = p.order, verify = true },
  },
  expect = function(r)
    expect(r.errors == 0)
    expect(r.verified_bytes > 0)
  end,
}

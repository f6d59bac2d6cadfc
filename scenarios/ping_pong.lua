-- ping_pong.lua
-- One thread asks, one answers: the round trip of a design.
local p = params {
  cpus  = { 1, 1, 1024,    "1: both on one CPU; more: on the first and the last" },
  bytes = { 8, 0, 64*KiB,  "bytes each way" },
}

return {
  about     = "round trip between two processes",
  machine   = { cpus = p.cpus },
  processes = {
    pong = { role = "echo_server", serves = "echo", cpu = p.cpus - 1 },
    ping = { role = "client", connects = "echo", bytes = p.bytes, cpu = 0 },
  },
  expect = function(r)
    expect(r.errors == 0)
    if r.design == "rendezvous" and p.cpus == 1 then
      expect(r.per_op.switches == 2, "there and back, nothing else")
    end
  end,
}

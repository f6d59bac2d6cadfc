-- pipeline.lua
-- A request passes through a chain of processes before it is answered: each stage is a server to
-- the one before it and a client of the one after it.
local p = params {
  cpus    = { 2, 1, 1024,       "simulated CPUs" },
  stages  = { 3, 1, 100,        "processes in the chain" },
  clients = { 1, 1, 1000,       "client processes" },
  depth   = { 4, 1, 64,         "operations in flight per client" },
  bytes   = { 8, 0, 64*KiB,     "bytes each way" },
  service = { 5*us, 0, 1*s,     "work of each stage for one operation" },
}

local processes = {
  client = { role = "client", count = p.clients,
             connects = { stage1 = { depth = p.depth } },
             op = "echo", bytes = p.bytes, verify = p.bytes > 16 },
}
for i = 1, p.stages do
  local onward                                -- the last stage answers by itself
  if i < p.stages then
    onward = { ["stage" .. i + 1] = { depth = p.clients * p.depth } }
  end
  processes["stage" .. i] = { role = "pipeline_stage", serves = "stage" .. i,
                              connects = onward, service = p.service }
end

return {
  about     = "a request passes through a chain of processes",
  machine   = { cpus = p.cpus },
  processes = processes,
  expect = function(r)
    expect(r.errors == 0)
    for i = 1, p.stages do
      expect(r.process["stage" .. i].requests > 0)
    end
  end,
}

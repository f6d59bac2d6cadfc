-- A disk with one channel takes its service time and the time to move the bytes, one after the other.
local function driver(me)
  local d, buffer = me.device, me:buffer(8*KiB)
  local function ask(key, ...)
    local e = me:next()
    expect(e.kind == "device" and e.key == key and e.status == OK)
    return e.result
  end
  local start = now()
  d.open(d.file, "read", 1)
  local file = ask(1)
  expect(now() == start + 10*us, "opening takes the service time")
  start = now()
  d.read(file, 0, 4*KiB, buffer, 2)
  d.read(file, 4*KiB, 4*KiB, buffer, 3)
  ask(2)
  expect(now() == start + 10*us + 4096, "a byte a nanosecond")
  ask(3)
  expect(now() == start + 2 * (10*us + 4096), "the second one waits for the channel")
  d.stat(file, 4)
  expect(ask(4) == 64*KiB)
end

return {
  machine   = { cpus = 1, costs = "free" },
  devices   = { disk = { kind = "disk", make = 64*KiB, service = 10*us, channels = 1,
                         bandwidth = 1000000000 } },
  processes = {
    driver = { body = driver, device = "disk", serves = "nothing", waits = true },
  },
}

-- A timer's ticks come when they are due, to the nanosecond, and none is lost.
local function ticker(me)
  local first
  for i = 1, 5 do
    local e = me:next()
    expect(e.kind == "device" and e.key == i and e.status == OK, "tick " .. i)
    first = first or e.result
    expect(e.result == first + (i - 1) * 250*us, "it was due a period after the last one")
    expect(now() == e.result, "and costs nothing to hear of")
    if i == 2 then compute(600*us) end -- the third and fourth come meanwhile
    if i == 2 then break end
  end
  for i = 3, 4 do
    local e = me:next()
    expect(e.key == i and e.result == first + (i - 1) * 250*us, "it waited to be collected")
  end
  expect(me:next().key == 5)
  expect(now() == first + 4 * 250*us)
end

return {
  machine   = { cpus = 1, costs = "free" },
  devices   = { clock = { kind = "timer", period = 250*us, first = 1*ms } },
  processes = {
    ticker = { body = ticker, device = "clock", serves = "nothing", waits = true },
  },
}

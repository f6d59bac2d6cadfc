#!/usr/bin/env bash
# A run that goes wrong exits 1 and says why, in tables, in documents and with file and line.
set -euo pipefail
. "$(dirname "$0")/common.bash"

# failed_with WORD...: exit 1, the table there, and each word in it
failed_with() { exits 1; prints 'failed: ' "$@"; }

cat >expects.lua <<'LUA'
return {
  processes = {
    server = { role = "echo_server", serves = "echo" },
    client = { role = "client", connects = "echo", bytes = 8 },
  },
  expect = function(r)
    expect(r.errors == 0)
    expect(r.process.server.requests < 0, "more than nothing")
  end,
}
LUA
slipway run expects.lua --duration 50ms -o failed.json
failed_with 'expects.lua:8' 'more than nothing' 'submit-port'
grep -q '"failures": \[$' failed.json || wrong "the document does not say why it failed"
slipway show failed.json
exits 0
prints 'failed: ' 'expects.lua:8'
slipway run expects.lua --duration 50ms --json
exits 1
says 'expects.lua:8'

cat >body.lua <<'LUA'
local function server(me)
  while true do me:next():reply(OK, 1) end
end
local function client(me)
  local link = me:link("x")
  link:submit({ 1 }, { key = 1 })
  local c = me:next()
  error("I do not like " .. c.result)
end
return { processes = {
  server = { body = server, serves = "x" },
  client = { body = client, connects = "x", waits = true } } }
LUA
slipway run body.lua
failed_with 'body.lua:8' 'I do not like 1'

cat >hang.lua <<'LUA'
local function deaf(me) me:next(); me:next() end
local function client(me)
  me:link("x"):submit({ 1 }, { key = 1 })
  me:next()
end
return { processes = {
  server = { body = deaf, serves = "x" },
  client = { body = client, connects = "x", waits = true } } }
LUA
begin=$SECONDS
slipway run hang.lua
failed_with submit-port
[ $((SECONDS - begin)) -lt 30 ] || wrong "it took $((SECONDS - begin)) s to see that a run hangs"

# In simulated time a loop without calls never ends, and cannot catch that it is ended.
cat >loop.lua <<'LUA'
local function endless() while true do end end
local function server(me)
  while true do pcall(endless) end
end
return { processes = {
  server = { body = server, serves = "x" },
  client = { role = "client", connects = "x", send = { 1 } } } }
LUA
slipway run loop.lua --machine model
failed_with 'loop.lua:1' 'million instructions' 'compute(t)'

cat >alone.lua <<'LUA'
return { processes = { hermit = { body = function(me) me:next() end, waits = true } } }
LUA
slipway run alone.lua
failed_with 'alone.lua:1' "nothing can come to process 'hermit'" 'sleep_until'

# One design that fails does not hide the others.
cat >one.lua <<'LUA'
return {
  processes = {
    server = { role = "echo_server", serves = "echo" },
    client = { role = "client", connects = "echo", bytes = 8 },
  },
  expect = function(r) expect(r.design ~= "submit-port", "not this one") end,
}
LUA
slipway compare one.lua --design rendezvous,submit-port --duration 50ms
failed_with 'failed: submit-port: ' 'not this one' 'why, against rendezvous'
prints_not 'failed: rendezvous'

exit $failed

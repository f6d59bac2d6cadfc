#!/usr/bin/env bash
# --vary and scale: one table for all values, one document with all results, and everything that is
# wrong is said before anything runs.
set -euo pipefail
. "$(dirname "$0")/common.bash"

slipway compare ping_pong --machine model --vary locking=big,object -o vary.json --no-progress
exits 0
narrow
prints 'varied' 'locking = big, object' 'ops/s against' rendezvous send-endpoint submit-port 'ns spent on'
prints_not '…'
for name in '"varied": {' '"name": "locking"' '"results": [' '"kernel_options": "locking=big"' \
    '"kernel_options": "locking=object"'; do
    grep -qF "$name" vary.json || wrong "vary.json lacks $name"
done
table=$out
slipway show vary.json
exits 0
[ "$out" = "$table" ] || wrong "show prints other tables"
slipway show vary.json -v
exits 0
narrow
slipway rerun vary.json -o again.json --no-progress
exits 0
narrow
prints before now change same
grep -q '"before"' again.json || wrong "the document lacks what it repeats"

# A parameter, on any machine; the word cpus is a number.
slipway run ping_pong --vary bytes=8,1KiB,64KiB --ops 500 --no-progress
exits 0
narrow
prints 'bytes = 8, 1KiB, 64KiB' '64KiB'
slipway check file_read --cpus 3 -D clients=cpus
exits 0
prints '3'
slipway compare file_read --vary clients=cpus,4 --cpus 2 --ops 200 --design submit-port --json --no-progress
exits 0
prints '"clients": 2' '"clients": 4'

slipway scale file_read --cpus 1,2..4 -D clients=cpus --design submit-port,rendezvous --duration 2ms -o scale.json --no-progress
exits 0
narrow
prints 'cpus = 1, 2, 4' speed-up '1.00x' p50 p99 'most'
for name in '"verb": "scale"' '"scale": [' '"speed_up": 1.0' '"dominant"' '"clients": 4'; do
    grep -qF "$name" scale.json || wrong "scale.json lacks $name"
done
table=$out
slipway show scale.json
exits 0
[ "$out" = "$table" ] || wrong "show prints other tables"
slipway scale ping_pong --machine threads --cpus 1,2 --ops 300 --design submit-port --no-progress
exits 0
narrow
prints speed-up ' -'

# What is wrong.
slipway compare ping_pong --vary lokcing=big,object
refused "did you mean 'locking'" bytes
slipway compare ping_pong --vary bytes=8,many
refused "'many'" bytes
slipway compare ping_pong --machine model --vary locking=big,small
refused small big object
slipway compare ping_pong --vary bytes
refused 'NAME=VALUE,...'
slipway compare ping_pong --vary bytes=8,,9
refused 'an empty value'
slipway compare ping_pong --vary bytes=8,8
refused 'named twice'
slipway compare ping_pong --vary bytes=1,2 --vary cpus=1,2
refused 'given twice'
slipway compare ping_pong --vary "bytes=$(seq -s, 33)"
refused 'more than 32 values'
slipway compare ping_pong -D bytes=8 --vary bytes=8,9
refused "set to '8' as well"
slipway compare ping_pong -K idle=poll --vary idle=poll,halt
refused '-K sets it as well'
cat >both.lua <<'LUA'
local p = params { locking = { 1, 1, 2, "a name that the kernel has too" } }
return { processes = {
  pong = { role = "echo_server", serves = "echo" },
  ping = { role = "client", connects = "echo", bytes = p.locking } } }
LUA
slipway compare both.lua --vary locking=1,2
refused 'a parameter of this name' 'and the kernel an option'

for list in '' 0 1,0 1,,2 1..0 4..2 1..2000 x 1.5 1- 1,2,1; do
    slipway scale ping_pong --cpus "$list"
    refused "--cpus $list"
done
cat >few.lua <<'LUA'
local p = params { cpus = { 1, 1, 2, "no more than two" } }
return { machine = { cpus = p.cpus }, processes = {
  pong = { role = "echo_server", serves = "echo" },
  ping = { role = "client", connects = "echo" } } }
LUA
slipway scale few.lua --cpus 1,2,4
refused "'cpus' = 4 is out of range" 'accepted are 1 to 2'
slipway scale ping_pong -D cpus=2
refused 'scale sets the number of CPUs itself'
slipway scale raw_port --cpus 1
refused 'slipway run raw_port'

# before_running ARGUMENT...: with the progress on, it is refused before a word of that
before_running() {
    slipway "$@"
    exits 2
    silent_stdout
    [[ $err != *running* ]] || wrong "it said that it runs"
}
before_running run ping_pong --costs skylake-64
before_running run ping_pong --check-determinism
before_running run ping_pong --machine model --costs skylake-46
before_running compare ping_pong --machine model --vary bytes=8,9 --costs /
before_running scale ping_pong --cpus 1,2 --machine cores --costs free

slipway run ping_pong --costs skylake-64
refused '--costs skylake-64' threads model
slipway run ping_pong --check-determinism
refused '--check-determinism' threads model
slipway run ping_pong --machine model --costs skylake-46
refused skylake-64
slipway run ping_pong --machine model --costs ''
refused 'the name is empty'
slipway run ping_pong --machine model -K lokcing=big
refused '-K lokcing=big' locking
slipway run ping_pong --machine model -K locking
refused 'NAME=VALUE'
slipway compare ping_pong --check-determinism
refused "does not go with 'compare'"

# The option of the lock has two names.
slipway compare ping_pong --machine model --design submit-port --duration 5ms --vary locks=big,object
exits 0
prints big object

slipway run ping_pong --machine model -K locks=big -K locking=object
refused 'locking is set already'

exit $failed

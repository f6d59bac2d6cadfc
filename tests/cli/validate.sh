#!/usr/bin/env bash
# Validating: tables and document of two machines, what is not compared and why, and what is refused.
set -euo pipefail
. "$(dirname "$0")/common.bash"

short=(--duration 5ms --no-progress)

slipway validate ping_pong file_read raw_port --costs skylake-64 "${short[@]}" -o found.json
exits 0
silent_stderr
narrow
prints 'costs of skylake-64' 'ping_pong: 1 CPU' 'ns per operation' 'response, p50' 'rendezvous' 'submit-port' \
    'the harness' 'a bare call and reply' "file_read: the device 'disk'" 'raw_port: its bodies'
grep -q '"schema": "slipway.validation/1"' found.json || wrong "no document"
grep -q '"text"' found.json && wrong "two texts of the costs"

slipway validate ping_pong --design rendezvous --costs skylake-64 --json "${short[@]}"
exits 0
prints '"costs": "skylake-64"' '"compared": true' '"design": "rendezvous"' '"rounds": 5' '"error_bare": {' '"cores_ns": {' \
    '"model_ns": {'
[[ $out == *send-port* ]] && wrong "a design that was not asked for"

# Without costs it calibrates first.
slipway validate ping_pong --design rendezvous --quiet "${short[@]}"
exits 0
silent_stderr
prints 'ping_pong: 1 CPU' 'rendezvous'
prints_not 'validate: ' 'The harness is'
slipway validate ping_pong --design rendezvous --quiet --json "${short[@]}"
exits 0
silent_stderr
prints '"costs": "calibrated"'

# Whoever reads only the beginning has the whole document in the file; so has who stops reading stderr.
last='slipway validate -o whole.json | true'
"$SLIPWAY" validate ping_pong --design rendezvous --costs skylake-64 "${short[@]}" -o whole.json | true || true
grep -q '"schema": "slipway.validation/1"' whole.json || wrong "no document in the file"
rm whole.json
"$SLIPWAY" validate ping_pong --design rendezvous --costs skylake-64 --duration 5ms -o whole.json 2>&1 >/dev/null | true || true
grep -q '"schema": "slipway.validation/1"' whole.json || wrong "no document in the file"

# The name of a file may be no text, and the document is text all the same.
"$SLIPWAY" calibrate --duration 1ms -q -o $'mine\xff.cost'
slipway validate ping_pong --design rendezvous --costs $'./mine\xff.cost' --json "${short[@]}"
exits 0
prints '"costs": "./mine'

# Where the host has no memory, it is said.
last='ulimit -v 20000; slipway validate'
if [ "$(ulimit -v)" = unlimited ]; then
    status=0
    (ulimit -v 20000 && exec "$SLIPWAY" validate ping_pong --costs skylake-64) >out.txt 2>err.txt || status=$?
    err=$(<err.txt)
    [ "$status" != 0 ] || wrong "it ran"
    [ -n "$err" ] || wrong "not a word"
fi

# More CPUs than the host has are not compared with cores that run in turns.
slipway validate pairs --cpus 1000 "${short[@]}"
refused 'pairs: it takes 1000 CPUs' 'nothing to compare'

# Where nothing can be compared there is nothing to calibrate for, either.
slipway validate file_read raw_port --no-progress -o none.json
refused "file_read: the device 'disk'" 'raw_port: its bodies' 'nothing to compare' 'slipway validate'
[ -e none.json ] && wrong "a document of nothing"

# With costs that have nothing to do with this host simulating would take minutes.
slipway validate ping_pong --costs free "${short[@]}"
refused '--costs free' 'not the costs of this host' 'take 0 ns' 'slipway calibrate -o FILE'
for cost in '1 ps' '100 ms'; do
    awk -v cost="$cost" '$4 ~ /%$/ {print $1, cost, "0% too far"; next} {print}' \
        "$SLIPWAY_SOURCE/scenarios/costs/skylake-64.cost" >far.cost
    slipway validate ping_pong --costs ./far.cost "${short[@]}"
    refused '--costs ./far.cost' 'not the costs of this host' 'slipway calibrate -o FILE'
done

slipway validate ping_pogn
refused "did you mean 'ping_pong'?"
slipway validate ping_pong --costs skylake-46
refused "did you mean 'skylake-64'?"
slipway validate ping_pong --design rendezvuos
refused "did you mean 'rendezvous'?"
slipway validate ping_pong -D byts=8
refused "did you mean 'bytes'?"
slipway validate -D bytes=8
refused 'name the scenarios'
slipway validate ping_pong -K locking=bgi --costs free
refused "did you mean 'big'?"
slipway validate ping_pong -o /nonexistent/x.json
refused '/nonexistent/x.json'
slipway validate ping_pong --machine model
refused '--machine does not go with'

exit $failed

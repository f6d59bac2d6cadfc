#!/usr/bin/env bash
# Calibrating: a cost file that is accepted back, its tables, its document, and what is refused.
set -euo pipefail
. "$(dirname "$0")/common.bash"

short=(--duration 1ms)

slipway calibrate "${short[@]}" -o mine.cost
exits 0
narrow
prints 'loop' 'composed' 'null call' 'call and reply, 8 B' 'line_cluster' 'mine.cost'
[ -s mine.cost ] || wrong "no file"
grep -q '^# Costs of the simulated kernel on this host' mine.cost || wrong "no head"
grep -q '^isolation' mine.cost && wrong "isolation cannot be measured here"

# Each cost has its number or is free, and says how it was found.
slipway costs mine.cost
exits 0
silent_stderr
narrow
prints 'mine.cost: ' 'entry ' 'where it comes from' 'calibrate: least squares over'
slipway costs mine.cost --json
exits 0
[ "$(grep -c '"source": "..' out.txt)" = 27 ] || wrong "not one source per cost"

# A run takes it, and tells whose costs they are.
slipway run ping_pong --machine model --costs ./mine.cost --no-progress
exits 0
prints 'MODELLED with the costs of ./mine.cost'

# Without a file the costs themselves are printed; nothing else is on stdout.
slipway calibrate "${short[@]}" --quiet
exits 0
silent_stderr
cp out.txt piped.cost
slipway costs piped.cost
exits 0

# With both there is nothing to say, and the help says so.
slipway calibrate "${short[@]}" -q -o quiet.cost
exits 0
silent_stdout
silent_stderr
slipway costs quiet.cost
exits 0
slipway help calibrate
prints 'unless -q is given' 'holds back the warnings'

slipway calibrate "${short[@]}" --json -o both.cost
exits 0
prints '"schema": "slipway.calibration/1"' '"slices": 5' '"composed_ns":' '"warnings": [' '"costs": "#'
slipway costs both.cost
exits 0

# What was there stays if the command line is wrong.
echo mine >kept.cost
slipway calibrate --duration 1min -o kept.cost
refused '--duration 1min'
slipway calibrate -o kept.cost extra
refused "'extra' is one too many" 'slipway calibrate'
[ "$(<kept.cost)" = mine ] || wrong "the file was changed"
slipway calibrate "${short[@]}" -o /nonexistent/x.cost
refused '/nonexistent/x.cost' 'cannot write'
slipway calibrate --machine model
refused '--machine does not go with' --output
slipway calibarte
refused "did you mean 'calibrate'?"

exit $failed

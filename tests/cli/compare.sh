#!/usr/bin/env bash
# The comparison of the designs on a file: a table with reasons, within 80 columns, all verified.
set -euo pipefail
. "$(dirname "$0")/common.bash"

slipway compare file_read --duration 100ms -o result.json
exits 0
narrow
prints 'closed loop' MEASURED 'against itself in this run' 'made for the run' 'ops/s' interval p50 p99 calls switch wakes \
    copied ratio 'why, against rendezvous' cancel forge overload verified errors leaks \
    'compare the counts here, not the times'
for design in rendezvous send-port send-endpoint submit-port; do
    grep -qE "^$design +[0-9.]+[kM]? " out.txt || wrong "no row for $design"
    grep -qE "^$design +[0-9]+ +[1-9][0-9.]* [kMG]?B +0 +0 +0 +0\$" out.txt || wrong "$design: not all verified"
done
# At most three lines a pair.
awk '/^why/ { in_why = 1; next } /^$/ { in_why = 0 }
     in_why && /^[a-z]/ { if (lines > 3) exit 1; lines = 0 }
     in_why && !/^ {17,}/ { lines++ }
     END { exit lines > 3 }' out.txt || wrong "more than three reasons for one pair"

# The same again from the file, without running.
table=$out
slipway show result.json
exits 0
[ "$out" = "$table" ] || { wrong "show prints other tables"; diff <(echo "$table") out.txt | head -20; }
slipway show result.json -v
exits 0
narrow
prints 'p99.9' 'kernel memory' 'ops/s of each slice'
slipway show result.json -q
exits 0
[ "$(wc -l <out.txt)" -le 8 ] || wrong "quiet prints more than the table"

slipway compare ping_pong --design rendezvous,submit-port --duration 50ms --no-progress
exits 0
narrow
prints_not send-endpoint

slipway compare raw_port
refused 'no design to exchange' 'slipway run raw_port'
slipway run raw_port --design submit-port
refused 'no design'
slipway run raw_port
exits 0

exit $failed

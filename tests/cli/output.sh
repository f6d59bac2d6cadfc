#!/usr/bin/env bash
# -o is opened before the run and written after it; --json is one document; streams stay apart.
set -euo pipefail
. "$(dirname "$0")/common.bash"

begin=$SECONDS
slipway run ping_pong --duration 30s -o nowhere/result.json
refused nowhere/result.json "No such file"
[ $((SECONDS - begin)) -lt 10 ] || wrong "the output was tried only after the run"
slipway run ping_pong --duration 30s -o .
refused "directory"
slipway run ping_pong --duration 30s -o ''
refused "empty"

# What cannot run leaves no file, and an older one as it was.
slipway run file_read -D depth=0 -o new.json
refused depth
slipway run file_read -D file=nowhere.bin -o new.json
refused nowhere.bin
[ ! -e new.json ] || wrong "a file was left behind"
echo precious >old.json
slipway run file_read -D file=nowhere.bin -o old.json
[ "$(cat old.json)" = precious ] || wrong "the older file was lost"

slipway run ping_pong --duration 50ms --json -o result.json --no-progress
exits 0
cmp -s out.txt result.json || wrong "--json and -o differ"
for name in '"schema": "slipway.result/1"' '"verb": "run"' '"scenario"' '"text"' '"hash"' '"parameters"' \
    '"seed": 1' '"machine"' '"kind": "threads"' '"host"' '"kernel"' '"noise_floor"' '"warnings"' \
    '"designs"' '"design": "submit-port"' '"ops_per_s"' '"median"' '"low"' '"high"' '"slices"' \
    '"response_ns"' '"p50"' '"p90"' '"p99"' '"p999"' '"max"' '"per_op"' '"system_calls"' \
    '"switches"' '"wakes"' '"copied_bytes"' '"allocations"' '"processes"' '"requests"' '"busy"' \
    '"blocked"' '"waiting"' '"memory"' '"kernel_bytes_per_client"' '"kernel_bytes_peak"' \
    '"verified_bytes"' '"errors": 0' '"leaks": 0' '"probes"' '"forge"'; do
    prints "$name"
done
grep -qiE '(: |\[|^ +)-?(nan|inf)' out.txt && wrong "a figure is no number"

# Few operations: a percentile with fewer than ten samples beyond it is null.
slipway run ping_pong --ops 100 --json --no-progress
prints '"p999": null' '"p99": null'

# Quiet: the table alone.
slipway run ping_pong --duration 50ms -q
exits 0
silent_stderr
narrow
[ "$(wc -l <out.txt)" -le 5 ] || wrong "quiet prints more than the table"

# Progress goes to stderr, in lines where that is no terminal; --no-progress stops it.
slipway run ping_pong --duration 50ms
says 'running ping_pong'
slipway run ping_pong --duration 50ms --no-progress
[[ $err != *running* ]] || wrong "progress in spite of --no-progress"

# A full disk is a failure; a reader that goes away is none of ours.
if [ -e /dev/full ]; then
    status=0
    "$SLIPWAY" abi >/dev/full 2>err.txt || status=$?
    last='slipway abi >/dev/full' err=$(<err.txt)
    exits 1
    says 'cannot write'
fi
"$SLIPWAY" abi 2>err.txt | head -1 >out.txt || true
last='slipway abi | head -1' err=$(<err.txt)
silent_stderr

# Whoever reads only the beginning has the whole document in the file.
last='slipway run ping_pong -o whole.json | true'
"$SLIPWAY" run ping_pong --duration 5ms --no-progress -q -o whole.json 2>err.txt | true || true
grep -q '"schema": "slipway.result/1"' whole.json || wrong 'no document in the file'

exit $failed

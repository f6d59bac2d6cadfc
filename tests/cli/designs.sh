#!/usr/bin/env bash
# Every design passes its conformance tests, and the probes say of it what docs/DESIGNS.md says.
set -euo pipefail
. "$(dirname "$0")/common.bash"

designs=(rendezvous send-port send-endpoint submit-port)
for design in "${designs[@]}"; do
    slipway check --design "$design" --no-progress
    exits 0
    prints "tests passed"
    prints_not FAILED
    narrow
done

# The document has a row per probe, the command one per design.
slipway list --probes --no-progress
exits 0
narrow
table=$(awk '/^\| \| rendezvous/ { on = 1; next } on && /^\|--/ { next }
              on && /^\|/ { print } on && !/^\|/ { exit }' "$SLIPWAY_SOURCE/docs/DESIGNS.md")
mapfile -t rows <<<"$table"
for i in "${!designs[@]}"; do
    expected=${designs[i]}
    for row in "${rows[@]}"; do
        IFS='|' read -ra cell <<<"$row"
        expected+=" $(xargs <<<"${cell[i + 2]}")"
    done
    found=$(grep "^${designs[i]} " out.txt | tr -s ' ')
    [ "${found% }" = "$expected" ] || wrong "the document says: $expected"
done

# What a probe finds is the same each time.
"$SLIPWAY" list --probes --no-progress >again.txt
cmp -s out.txt again.txt || wrong "the verdicts differ from run to run"

exit $failed

#!/usr/bin/env bash
# Every scenario of the tree runs, on a real file and real threads. Where NAME.expected stands beside
# it, what each design costs per operation on the scripted machine is what stands there, to the digit:
# calls, switches, wakes, copied bytes. After a change that is meant to change them:
#   BLESS=1 tests/cli/scenarios.sh
set -euo pipefail
: "${SLIPWAY:=build/slipway}" "${SLIPWAY_SOURCE:=.}"
designs=(rendezvous send-port send-endpoint submit-port)
failed=0

fail() {
    echo "scenarios: $*"
    failed=1
}

# The last columns of the table: design, calls, switches, wakes, copied.
costs() {
    local design
    for design in "${designs[@]}"; do
        "$SLIPWAY" run "$1" --machine scripted --seed 1 --ops 400 --design "$design" -q |
            awk 'NR > 3 { print $1, $(NF-4), $(NF-3), $(NF-2), $(NF-1) $NF }'
    done
}

for file in "$SLIPWAY_SOURCE"/scenarios/*.lua; do
    name=$(basename "$file" .lua)
    expected=${file%.lua}.expected
    "$SLIPWAY" run "$name" --ops 200 -q >/dev/null || fail "$name does not run (exit $?)"
    if [ -n "${BLESS:-}" ] && [ -e "$expected" ]; then
        costs "$name" >"$expected"
    elif [ -e "$expected" ]; then
        costs "$name" | diff -u "$expected" - || fail "$name: it costs other than $expected says"
    fi
done
exit $failed

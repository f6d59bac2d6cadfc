#!/usr/bin/env bash
# A modelled run is the same run in every build and wherever the host puts the program: the hashes of
# two scenarios' event streams are those that are pinned beside this script. BLESS=1 pins what comes
# out now.
set -euo pipefail
. "$(dirname "$0")/common.bash"

pinned=$SLIPWAY_SOURCE/tests/cli/model_hash.expected

# hashes NAME ARGUMENT...: a line for each design, "name design events hash"
hashes() {
    local name=$1
    shift
    slipway "$@" --machine model --seed 7 --no-progress -o "$name.json" >&2
    exits 0
    awk -v name="$name" '
        /"design": / { design = $2 }
        /"hash": / { hash = $2 }
        /"events": / { gsub(/[",]/, "", design); gsub(/[",]/, "", hash); gsub(/,/, "", $2)
                       print name, design, $2, hash }' "$name.json"
}

# The text of a scenario is no part of what happens, so it may change; that is why times are given.
all() {
    hashes file_read compare file_read --cpus 4 --costs skylake-64 --duration 1ms
    hashes inversion run inversion --design rendezvous --costs free --duration 20ms
}

all >first.txt
all >again.txt
cmp -s first.txt again.txt || wrong "two runs differ: $(diff first.txt again.txt)"
[ "$(wc -l <first.txt)" -ge 5 ] || wrong "hashes are missing: $(<first.txt)"
if [ "${BLESS:-}" = 1 ]; then
    cp first.txt "$pinned"
elif ! cmp -s first.txt "$pinned"; then
    wrong "not what is pinned in tests/cli/model_hash.expected: $(diff "$pinned" first.txt || true)"
fi
exit $failed

#!/usr/bin/env bash
# The table of calls is whole, and no call takes more than six registers.
set -euo pipefail
. "$(dirname "$0")/common.bash"

slipway abi
exits 0
silent_stderr
narrow
# As many rows as the table of calls has, each name there.
names=$(grep -oE '^ +X\([a-z_]+, [0-9]+' "$SLIPWAY_SOURCE/include/slipway/calls.h" | sed -E 's/.*\(([a-z_]+),.*/\1/')
[ "$(wc -w <<<"$names")" -ge 40 ] || wrong "calls.h lists only $(wc -w <<<"$names") calls"
for name in $names; do
    grep -qE "^ *[0-9]+  $name +[0-6]   [0-3]  " out.txt || wrong "no row for $name, or too many registers"
done
prints 'tag packs length 0-19, handles 20-23, lends 24-27, flags 28-31'

slipway abi read-file
exits 0
silent_stderr
narrow
for value in command file buffer offset length port key deadline endpoint; do prints "$value"; done
[ "$(grep -cE '^ +[1-6]  ' out.txt)" = 6 ] || wrong "not six registers"

slipway abi read-fiel
refused "did you mean 'read-file'"

exit $failed

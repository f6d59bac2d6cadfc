#!/usr/bin/env bash
# The table of memory per object in docs/PORTING.md is what the freestanding test prints.
set -euo pipefail
[ "$(uname -m)" = x86_64 ] || { echo "the table is of x86-64"; exit 0; }

names=() sizes=()
while IFS=' :' read -r name bytes _; do
    names+=("$name")
    sizes+=("$bytes")
done < <("$1" | grep ' bytes each$')
row() {
    printf '|'
    printf ' %s |' "$@"
}
[ ${#names[@]} -gt 0 ] || { echo "$1 prints no sizes"; exit 1; }
for expected in "$(row "${names[@]}")" "$(row "${sizes[@]}")"; do
    grep -qxF "$expected" "$SLIPWAY_SOURCE/docs/PORTING.md" ||
        { echo "docs/PORTING.md: the table of memory per object lacks the row $expected"; exit 1; }
done

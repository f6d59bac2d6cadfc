#!/usr/bin/env bash
# Each tests/library/*.c is a program of somebody else: it is built against the installed tree, with
# what pkg-config says and nothing more, and run. Beside it, NAME.expected is what it prints.
set -euo pipefail

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
eval "flags=($(pkg-config --cflags --libs slipway))" # it quotes for a shell

ran=0
for source in "$SLIPWAY_SOURCE"/tests/library/*.c; do
    [ -e "$source" ] || continue
    name=$(basename "$source" .c)
    "$CC" -std=c17 -Wall -Wextra -Werror "$source" -o "$out/$name" "${flags[@]}"
    if ! timeout 60 "$out/$name" >"$out/$name.out"; then
        echo "$source: the program failed; it printed:"
        cat "$out/$name.out"
        exit 1
    fi
    expected=${source%.c}.expected
    [ ! -e "$expected" ] || diff -u "$expected" "$out/$name.out"
    ran=$((ran + 1))
done
echo "$ran programs built against $SLIPWAY_PREFIX and run"
[ "$ran" -gt 0 ]

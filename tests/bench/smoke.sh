#!/usr/bin/env bash
# Each benchmark runs, in a few short slices, gives a figure for each of our rows, and writes them as
# JSON. What the figures are is nobody's business here.
set -euo pipefail
failed=0
wrong() { printf 'smoke: %s\n' "$*" >&2; failed=1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for program in round_trip stream objects scaling; do
    "$SLIPWAY_BENCH/$program" --quick --json "$folder/$program.json" >"$folder/out.txt" 2>&1 ||
        wrong "$program failed: $(tail -3 "$folder/out.txt")"
    [ "$(wc -L <"$folder/out.txt")" -le 80 ] || wrong "$program prints $(wc -L <"$folder/out.txt") columns"
    grep -q '"schema": 1' "$folder/$program.json" || wrong "$program: no schema in its JSON"
    grep -q '"median"' "$folder/$program.json" || wrong "$program: no figures in its JSON"
    for argument in --rounds=3 '--rounds 0' '--rounds x' '--json' nonsense; do
        status=0
        # shellcheck disable=SC2086 -- two words of one argument
        "$SLIPWAY_BENCH/$program" $argument >/dev/null 2>&1 || status=$?
        [ $status = 2 ] || wrong "$program $argument: exit $status, not 2"
    done
done
exit $failed

#!/usr/bin/env bash
# Each benchmark runs, in a few short slices, gives a figure for each row whose library is installed,
# and writes them as JSON. What the figures are is nobody's business here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
failed=0
wrong() { printf 'smoke: %s\n' "$*" >&2; failed=1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for program in round_trip stream port objects scaling overhead model_speed; do
    "$SLIPWAY_BENCH/$program" --quick --rounds 1 --json "$folder/$program.json" >"$folder/out.txt" 2>&1 ||
        wrong "$program failed: $(tail -3 "$folder/out.txt")"
    [ "$(wc -L <"$folder/out.txt")" -le 80 ] || wrong "$program prints $(wc -L <"$folder/out.txt") columns"
    cmake "-DFILE=$folder/$program.json" "-DPROGRAM=$program" -P "$here/check_json.cmake" ||
        wrong "$program: its JSON is wrong"
    for argument in --rounds=3 '--rounds 0' '--rounds x' '--rounds 201' --rounds --json nonsense \
        "--json $folder/no/such/folder"; do
        status=0
        # Two words of one argument.
        # shellcheck disable=SC2086
        "$SLIPWAY_BENCH/$program" $argument >"$folder/out.txt" 2>&1 || status=$?
        [ $status = 2 ] || wrong "$program $argument: exit $status, not 2"
        grep -qF -- "${argument##* }" "$folder/out.txt" || wrong "$program $argument: not named in what it says"
    done
    [ "$("$SLIPWAY_BENCH/$program" --help | wc -L)" -gt 0 ] || wrong "$program has no --help"
done

# A file that takes nothing fails the run, after its table.
status=0
"$SLIPWAY_BENCH/stream" --quick --rounds 1 --json /dev/full >"$folder/out.txt" 2>&1 || status=$?
[ $status = 1 ] && grep -q 'could not be written' "$folder/out.txt" && grep -q 'ck_ring' "$folder/out.txt" ||
    wrong "a full file: exit $status"

# The next option is no file.
status=0
(cd "$folder" && "$SLIPWAY_BENCH/stream" --json --quick >out.txt 2>&1) || status=$?
[ $status = 2 ] && grep -q 'no FILE for --json' "$folder/out.txt" || wrong "--json --quick: exit $status"

# On one CPU rows for two run in turns: that is said, and nothing is claimed of them.
taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')" \
    "$SLIPWAY_BENCH/stream" --quick --rounds 1 >"$folder/out.txt" 2>&1 || wrong "stream on one CPU failed"
[ "$(grep -c 'more CPUs than there are (1): timings mean nothing' "$folder/out.txt")" = 2 ] ||
    wrong "stream on one CPU gives no warning"
! grep -q '^.*target.*: \(met\|missed\)' "$folder/out.txt" || wrong "stream on one CPU claims something"

# Scaling has a row for each number of CPUs that is asked for, more than there are as well.
"$SLIPWAY_BENCH/scaling" --quick --rounds 1 --cpus 2,3 >"$folder/out.txt" 2>&1 || wrong "scaling --cpus 2,3 failed"
for row in 'disjoint pairs, 1 CPU ' 'one port, 2 CPUs' "Jain's, one endpoint, 3 CPUs"; do
    grep -qF "$row" "$folder/out.txt" || wrong "scaling --cpus 2,3 has no row '$row'"
done
"$SLIPWAY_BENCH/scaling" --quick --rounds 1 --cpus 64 >"$folder/out.txt" 2>&1 || wrong "scaling --cpus 64 failed"
grep -q 'timings mean nothing' "$folder/out.txt" || [ "$(nproc)" -ge 64 ] ||
    wrong "scaling on more CPUs than there are gives no warning"
for list in 2,1 0 1,1 1025 x ',2' '2,' ''; do
    status=0
    "$SLIPWAY_BENCH/scaling" --cpus "$list" >"$folder/out.txt" 2>&1 || status=$?
    [ $status = 2 ] && grep -qF -- "'$list'" "$folder/out.txt" || wrong "scaling --cpus '$list': exit $status"
done
exit $failed

#!/usr/bin/env bash
# Cost files: the presets, one as a table and as JSON, and what is no cost file.
set -euo pipefail
. "$(dirname "$0")/common.bash"

slipway costs
exits 0
silent_stderr
narrow
for path in "$SLIPWAY_SOURCE"/scenarios/costs/*.cost; do
    name=$(basename "$path" .cost)
    grep -q "^$name  " out.txt || wrong "no row for $name"
done
prints 'skylake-64' 'cortex-a9' 'slipway costs NAME' '--costs NAME'

# Every preset, by name and by path: a row for each cost that the file has, as it is written there.
for path in "$SLIPWAY_SOURCE"/scenarios/costs/*.cost; do
    name=$(basename "$path" .cost)
    slipway costs "$name"
    exits 0
    silent_stderr
    narrow
    prints "$name: " clock topology words hash 'where it comes from' 'what it is of'
    sed -n '/^cost /,$p' out.txt >by_name.txt
    while read -r cost number rest; do
        grep -qE "^$cost +$number( |$)" out.txt || wrong "no row for $cost, or not $number"
    done < <(grep -vE '^(#|$|about|clock|topology|words)' "$path")
    slipway costs "$path"
    exits 0
    sed -n '/^cost /,$p' out.txt | cmp -s - by_name.txt || wrong "by path it is other"
done

slipway costs skylake-64
prints '3.4 GHz' '2 sockets x 1 cluster x 16 cores x 2 threads = 64 CPUs' '75 cycles 22.059' '43.9 ps 0.044' \
    'idle_exit 2 us 2000.000 50%' 'line_local free 0.000 -' 'kernel entry by a trap'
slipway costs cortex-a9
prints '996 MHz' '1 socket x 1 cluster x 4 cores x 1 thread = 4 CPUs' 'isolation none' '-K isolation=on is refused'
slipway costs skylake-64 --color always
exits 0
[[ $out == *$'\033['* ]] || wrong "no colours"

slipway costs haswell-64 --json
exits 0
silent_stderr
prints '"schema": "slipway.costs/1"' '"name": "haswell-64"' '"clock_hz": 3400000000' '"cpus": 64' '"words_free": 4' \
    '"value": "72 cycles"' '"ps": 21176' '"uncertainty_percent": 25' '"name": "isolation"'
[ "$(grep -c '"source"' out.txt)" = 28 ] || wrong "not one source per cost"
slipway costs cortex-a53 --json
[ "$(grep -c '"source"' out.txt)" = 27 ] || wrong "isolation is not in the file"
slipway costs --json
exits 0
prints '"presets": [' '"name": "riscv-u54"'

# A file of one's own.
cp "$SLIPWAY_SOURCE/scenarios/costs/free.cost" mine.cost
slipway costs mine.cost
exits 0
prints 'mine.cost: everything is free'
{ cat "$SLIPWAY_SOURCE/scenarios/costs/cortex-a9.cost"; echo '# and mine'; } >little.cost
slipway run ping_pong --machine model --costs little.cost --no-progress
exits 0
prints 'costs of little.cost'

# with SED: the file of one's own, changed, is refused with these words
with() {
    local change=$1
    shift
    sed "$change" mine.cost >changed.cost
    slipway costs changed.cost
    refused "$@"
    slipway run ping_pong --machine model --costs ./changed.cost --no-progress
    refused "$@"
}
with 's/^entry  /entyr  /' changed.cost:8: "did you mean 'entry'?"
with '/^wake/d; /^about/d' 'changed.cost: lines are missing: wake, about'
with 's/^exit .*/exit -3 ns 5% t/' changed.cost:9: '-3 is negative'
with 's/^exit .*/exit 3 min 5% t/' changed.cost:9: "unit 'min'" cycles
with 's/^exit .*/exit 3 ns 5%/' changed.cost:9: 'where its number comes from'
with 's/^exit .*/exit 3 cycles 5% t/; /^clock/d' changed.cost:8: 'needs the clock'
with 's/^exit .*/entry 3 ns 5% t/' changed.cost:9: 'entry is given twice' 'line 8'
with 's/= 64/= 65/' changed.cost:5: 'multiplies out to 64 CPUs, not to 65'
with 's/^topology.*/topology 4 x 4 x 65 x 1/' changed.cost:5: '1040 CPUs; at most 1024'
with 's/^topology.*/topology 64/' changed.cost:5: 'sockets x clusters x cores x threads'

slipway costs skylake-46
refused "no costs 'skylake-46': did you mean 'skylake-64'?" cortex-a9
slipway costs /nowhere/x.cost
refused '/nowhere/x.cost: No such file'
slipway costs .
refused 'accepted: cortex-a53' 'the path of a .cost file'
slipway costs ./
refused 'is a directory'
slipway costs skylake-64 haswell-64
refused 'one too many'
slipway costs --machine model
refused '--machine does not go with' --json

# A run refuses what cannot be read, and costs where no time is modelled.
slipway run ping_pong --machine model --costs /nonexistent.cost --no-progress
refused '/nonexistent.cost: No such file'
slipway run ping_pong --machine model --costs fre --no-progress
refused "no costs 'fre': did you mean 'free'?"
for machine in threads scripted; do
    slipway run ping_pong --machine "$machine" --costs free --no-progress
    refused '--costs free' "'$machine'" 'it does on: model'
done
slipway run ping_pong -K locking=bgi
refused '-K locking=bgi' "did you mean 'big'?" 'accepted: object, big'

# What a file does not have cannot be asked for.
slipway run ping_pong --machine model --costs cortex-a9 -K isolation=on --no-progress
refused isolation cortex-a9
slipway run ping_pong --machine model --costs skylake-64 -K isolation=on --no-progress
exits 0
slipway run ping_pong --machine model -K slice=1500ps
refused 'slice' "'1500ps'" 'whole nanoseconds'
slipway run ping_pong --machine model -K lokcing=big
refused "did you mean 'locking'?"

exit $failed

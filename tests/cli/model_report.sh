#!/usr/bin/env bash
# On the machine model: the head says whose costs they are, requests are billed and the bills add up,
# and a run is the same run again, also from its result alone.
set -euo pipefail
. "$(dirname "$0")/common.bash"

# adds_up FILE: in each bill of a document the parts are the response, but for what decimals do.
adds_up() {
    awk '/"response_ns": [0-9]/ { gsub(/[^0-9.e+-]/, "", $2); response = $2 }
         /"parts_ns": \{/ { sum = 0; in_parts = 1; next }
         in_parts && /\}/ { in_parts = 0; bills++
             if (sum - response > 0.002 || response - sum > 0.002) { bad = 1 } }
         in_parts { gsub(/,/, "", $2); sum += $2 }
         END { exit bad || bills < 3 }' "$1" || wrong "the bills of $1 do not add up"
}
# hashes FILE: of the events of each design
hashes() { awk '/"hash": / { hash = $2 } /"events": / { print hash }' "$1"; }

slipway run ping_pong --machine model -o first.json --no-progress
exits 0
silent_stderr
narrow
prints MODELLED 'costs of skylake-64' 'of 64 CPUs used' 'seeds 1 to 5' '5 seeds of' 'exact' 'ns spent on' entry \
    queueing response p50 p99 'trace of' 'Little' holds
adds_up first.json
for name in '"attribution"' '"requests"' '"mean"' '"locks"' '"little": true' '"events"' '"duration_ns": 20000000' \
    '"slices": 5' '"costs"' '"kernel_options": ""' '"noise_floor": 0.0'; do
    grep -q "$name" first.json || wrong "first.json lacks $name"
done
table=$out
slipway show first.json
exits 0
[ "$out" = "$table" ] || wrong "show prints other tables"

# The same again, to the event; another seed is another run.
slipway run file_read --machine model --duration 5ms -o a.json --no-progress
exits 0
slipway run file_read --machine model --duration 5ms -o b.json --no-progress
slipway run file_read --machine model --duration 5ms -o c.json --seed 9 --no-progress
[ "$(hashes a.json)" = "$(hashes b.json)" ] || wrong "the same seed gave two runs"
[ "$(hashes a.json)" != "$(hashes c.json)" ] || wrong "two seeds gave one run"
slipway run file_read --machine model --duration 5ms --check-determinism --no-progress
exits 0
prints 'deterministic: ' ', twice'
slipway run ping_pong --machine model --ops 50 --check-determinism --json --no-progress
exits 0
prints '"determinism": {' '"same": true'

# A cost file of one's own; the result repeats without it.
cp "$SLIPWAY_SOURCE/scenarios/costs/skylake-64.cost" mine.cost
slipway run ping_pong --machine model --costs ./mine.cost -K locking=big -o mine.json --no-progress
exits 0
prints 'costs of ./mine.cost' 'kernel locking=big'
rm mine.cost
slipway rerun mine.json -o again.json --no-progress
exits 0
narrow
prints 'costs of ./mine.cost' 'kernel locking=big' 'hash of events'
[ "$(hashes mine.json | head -1)" = "$(hashes again.json | head -1)" ] || wrong "rerun ran something else"
grep -q '"kernel_options": "locking=big"' again.json || wrong "rerun has other options of the kernel"

# Several designs: no turn is repeated, for there is no noise.
slipway compare ping_pong --machine model --cpus 2 -o compare.json --no-progress
exits 0
narrow
prints 'exact: the same seed' 'ns spent on' rendezvous submit-port
adds_up compare.json
grep -q '"noise_slices": \[\]' compare.json || wrong "the first design ran twice"

# More CPUs than the file has: more sockets.
slipway run ping_pong --machine model --cpus 2 --costs cortex-a9 --no-progress
exits 0
slipway run file_read --machine model --cpus 100 --duration 1ms --no-progress
exits 0
prints 'more than the file has' '100 of'

# One server of 1 ms, 64 operations in flight: 1000 a second, however short the window is beside a
# response, and it is said that it is.
slipway run fan_in --machine model --costs free --duration 100ms -D service=1ms
exits 0
prints '1.00k'
says 'longer than a slice of 20 ms'

# All clients measure at one time, so the rate is no more than what was done in it: one lock for all
# leaves nothing of 64 CPUs, though the clients come to it one after the other; and of clients that keep
# each other from the CPU those that come late are not added to those that came early.
slipway scale pairs --cpus 1,64 -K locking=big --design rendezvous --duration 4ms --json
exits 0
awk '/"speed_up":/ { gsub(/,/, "", $2); last = $2 } END { exit !(last > 0.5 && last < 1) }' out.txt ||
    wrong "64 CPUs are faster than one under one lock"
slipway run fan_in --machine model --design submit-port --json
exits 0
awk '{ gsub(/,/, "", $2) } /"ops":/ { ops = $2 } /"measured_s":/ { time = $2 } /"median":/ && !rate { rate = $2 }
     END { exit !(ops > 0 && rate < 1.05 * ops / time) }' out.txt || wrong "the rate is more than what was done"

# Two classes at one server: each process has its own response times, in the text, in the document, and
# in the table that is printed from that again. Who is urgent waits less.
slipway run "$SLIPWAY_SOURCE/tests/scenarios_model/two_classes.lua" --machine model \
    --design submit-port --ops 20000 --no-progress -o two.json
exits 0
narrow
prints 'response of' urgent bulk
[ "$(grep -c '"response_ns": {' two.json)" = 3 ] || wrong "two.json lacks the responses of a process"
times=$(awk '$1 == "urgent" || $1 == "bulk" { print $1, $2, $3, $4, $5, $6 }' <<<"$out" | tail -2)
slipway show two.json
exits 0
shown=$(awk '$1 == "urgent" || $1 == "bulk" { print $1, $2, $3, $4, $5, $6 }' <<<"$out" | tail -2)
[ "$times" = "$shown" ] || wrong "show prints other responses: $shown, not $times"
awk '/"urgent": \{/ { who = 1 } /"bulk": \{/ { who = 2 }
     /"p99": [0-9]/ { gsub(/,/, "", $2); p99[who] = $2 + 0 }
     END { exit !(p99[1] > 0 && p99[1] < p99[2]) }' two.json || wrong "the urgent ones wait longer"

exit $failed

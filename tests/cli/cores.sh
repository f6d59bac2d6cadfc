#!/usr/bin/env bash
# The machine cores: which CPUs of the host it takes is told, can be said, and is repeated.
set -euo pipefail
. "$(dirname "$0")/common.bash"

cpu=$(taskset -cp $$ 2>/dev/null | sed 's/.*: *//; s/[-,].*//')
cpu=${cpu:-0}
quick=(--machine cores --duration 5ms --no-progress)

slipway run ping_pong "${quick[@]}"
exits 0
prints 'cores with 1 CPU on host CPU '

slipway run ping_pong "${quick[@]}" --cpus "$cpu-$cpu" -o chosen.json
exits 0
prints "cores with 1 CPU on host CPU $cpu,"
grep -q '"host_cpus_given": true' chosen.json || wrong 'the document lacks the choice'
slipway rerun chosen.json
exits 0
prints "cores with 1 CPU on host CPU $cpu,"

for list in "$cpu,$cpu" "$cpu,99999" "$cpu,x" "$cpu-" "9-3" "0,"; do
    slipway run ping_pong "${quick[@]}" --cpus "$list"
    refused "'$list'" 'accepted: numbers and ranges' 'that this program may use'
done
slipway run ping_pong "${quick[@]}" --cpus "$cpu,99999"
refused 'CPU 99999 is absent'
slipway run ping_pong "${quick[@]}" --cpus "$cpu,$cpu"
refused "CPU $cpu is named twice"
for machine in threads scripted model; do
    slipway run ping_pong --machine "$machine" --cpus "$cpu-$cpu"
    refused 'is for the machine cores' 'a whole number'
done
slipway check --cpus "$cpu-$cpu"
refused 'is for the machine cores'

exit $failed

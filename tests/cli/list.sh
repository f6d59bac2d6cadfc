#!/usr/bin/env bash
# What there is: scenarios, designs, machines, roles, parameters, resolved plans, verdicts.
set -euo pipefail
. "$(dirname "$0")/common.bash"

slipway list
exits 0
silent_stderr
narrow
prints file_read ping_pong fan_in fan_out pipeline cache raw_port rendezvous send-port send-endpoint \
    submit-port threads scripted model cores client echo_server file_server pipeline_stage \
    'kernel option' locking 'object|big' fast_path

slipway list file_read
exits 0
silent_stderr
narrow
prints cpus clients depth block order file 'random, sequential' '1 to 256' '512 to 1MiB' 4KiB 'reads in flight'
# The nearest spelling, as everywhere.
slipway list file_reed
refused "did you mean 'file_read'"

for path in "$SLIPWAY_SOURCE"/scenarios/*.lua; do
    slipway check "$path"
    exits 0
    silent_stderr
    narrow
    prints process threads needs ends
    slipway list "$path"
    exits 0
    narrow
done

slipway check file_read -D clients=3 -D servers=2 --cpus 4
exits 0
prints 'files[1..2]' 'on 4 CPUs' 'memory that goes with an operation' 'events of a device' 'depth 8'
slipway check cache
prints 'requests and for completions'
slipway check raw_port
prints 'no design'
slipway check
refused SCENARIO --design

slipway list --probes
exits 0
narrow
prints rendezvous send-port send-endpoint submit-port cancel death forge late_access overload priority two_servers
slipway list --probes file_read
refused designs
slipway list --design submit-port
refused --probes

slipway check --design submit-port
exits 0
narrow
prints submit-port forge overload '10000 operations' 'tests passed' 'depth 64, 3 servers'

exit $failed

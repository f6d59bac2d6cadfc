#!/usr/bin/env bash
# Devices in simulated time: exact to the nanosecond, and refused where time is not simulated.
set -euo pipefail
. "$(dirname "$0")/common.bash"

for name in timer disk; do
    slipway run "$SLIPWAY_SOURCE/tests/scenarios_model/$name.lua" --machine model
    exits 0
    slipway run "$SLIPWAY_SOURCE/tests/scenarios_model/$name.lua" --machine scripted --cpus 1
    refused scripted
done

# The file server is the same over the simulated disk; the host's own file has the host's time.
slipway run file_read --machine model --cpus 2 --ops 200
exits 0
prints device
sed 's/kind = "file"/kind = "host_file"/' "$SLIPWAY_SOURCE/scenarios/file_read.lua" >host.lua
slipway run host.lua --ops 100
exits 0
slipway run host.lua --machine model --ops 100
refused "device 'disk'" host_file 'accepted there'

# A timer without a time, a service that is none.
sed 's/period = 250.us, first = 1.ms/period = 0/' "$SLIPWAY_SOURCE/tests/scenarios_model/timer.lua" >none.lua
slipway check none.lua
refused 'none.lua:' 'needs a time'
sed 's/service = 10.us/service = -1/' "$SLIPWAY_SOURCE/tests/scenarios_model/disk.lua" >less.lua
slipway check less.lua
refused 'less.lua:' service

exit $failed

#!/usr/bin/env bash
# Every scenario runs on the machine cores with 1, 2 and 4 CPUs; in the build of the thread sanitizer,
# too.
set -euo pipefail
. "$(dirname "$0")/common.bash"

for scenario in "$SLIPWAY_SOURCE"/scenarios/*.lua; do
    for cpus in 1 2 4; do
        slipway run "$scenario" --machine cores --duration 1ms --cpus "$cpus" -q --no-progress
        exits 0
    done
done

exit $failed

#!/usr/bin/env bash
# A result holds all that it takes to show it and to repeat it; what is no result is refused.
set -euo pipefail
. "$(dirname "$0")/common.bash"

# From a scenario that is gone by then.
cp "$SLIPWAY_SOURCE/scenarios/ping_pong.lua" mine.lua
slipway compare mine.lua -D bytes=16 --cpus 2 --seed 7 --design submit-port,rendezvous --ops 500 -o first.json
exits 0
rm mine.lua
slipway rerun first.json -o second.json
exits 0
narrow
prints 'bytes=16' 'cpus=2' 'seed 7' before now change 'ops/s' 'calls/op'
grep -q '"verb": "rerun"' second.json || wrong "the document does not say what it is"
grep -q '"before"' second.json || wrong "the document lacks what it repeats"
table=$out
slipway show second.json
exits 0
[ "$out" = "$table" ] || wrong "show prints other tables than rerun did"
# Bodies and counts are those of the first: the order of designs, the parameters, the seed.
for name in '"bytes": 16' '"seed": 7' '"ops": 500'; do
    grep -q "$name" second.json || wrong "second.json lacks $name"
done
slipway rerun second.json -q
exits 0

for verb in show rerun; do
    slipway $verb nowhere.json
    refused nowhere.json "No such file"
    slipway $verb .
    refused "directory"
    : >empty.json
    slipway $verb empty.json
    refused empty.json "empty"
    echo '{ "schema": ' >half.json
    slipway $verb half.json
    refused half.json "line" "what -o or --json wrote"
    echo '{}' >none.json
    slipway $verb none.json
    refused none.json slipway.result/1
    echo '{ "schema": "slipway.result/9" }' >later.json
    slipway $verb later.json
    refused "slipway.result/9" "slipway.result/1"
    echo '[1, 2]' >list.json
    slipway $verb list.json
    refused list.json
    sed 's/"errors": 0/"errors": "none"/' first.json >type.json
    slipway $verb type.json
    refused 'designs[0].errors' 'whole number'
    sed 's/"designs": \[/"designs": [ 4,/' first.json >element.json
    slipway $verb element.json
    refused 'designs[0]'
    printf '\0\1\2' >binary.json
    slipway $verb binary.json
    refused binary.json
done
sed 's/"kind": "threads"/"kind": "cloud"/' first.json >cloud.json
slipway rerun cloud.json
refused cloud
sed 's/"design": "submit-port"/"design": "hers"/' first.json >hers.json
slipway rerun hers.json
refused hers
sed 's/"bytes": 16,*/"bytes": 16, "bites": 3,/' first.json >bites.json
slipway rerun bites.json
exits 2

exit $failed

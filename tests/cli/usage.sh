#!/usr/bin/env bash
# Unknown words are refused with the nearest one and all that are accepted; help is complete.
set -euo pipefail
. "$(dirname "$0")/common.bash"

slipway
exits 2
silent_stdout
says 'usage: slipway' compare rerun

slipway comapre file_read
refused "unknown command 'comapre'" "did you mean 'compare'" run scale list check show rerun abi version help

slipway run file_read --sede 3
refused "unknown option '--sede'" "did you mean '--seed'" --machine

slipway run file_read -x
refused "unknown option '-x'" -o -q
[[ $err != *"did you mean"* ]] || wrong "one letter that is another one is near to nothing"

slipway list --ops 3
refused "--ops does not go with 'list'" --probes

slipway run
refused "needs SCENARIO" "usage: slipway run SCENARIO"

slipway run one two
refused "'two' is one too many"

slipway run file_read --seed
refused "--seed needs a value"

slipway run file_read --json=yes
refused "--json takes no value"

slipway run file_read --duration 1s --ops 5
refused "exclude each other"

slipway run file_read -qv
refused "exclude each other"

for value in abc -1 1.5 '' 99999999999999999999; do
    slipway run file_read --seed "$value"
    refused "--seed $value" accepted
done
for value in 0 -3 x 1025 ''; do
    slipway run file_read --cpus "$value"
    refused "--cpus $value" '1 to 1024'
done
for value in 0 0s 5 5m -1s 1us 2h s '' 4000s; do
    slipway run file_read --duration "$value"
    refused "--duration $value" accepted
done
for value in 0 -1 x ''; do
    slipway run file_read --ops "$value"
    refused "--ops $value" accepted
done
slipway run file_read --color sometimes
refused "'sometimes'" auto always never
slipway run file_read --machine thread
refused "unknown machine 'thread'" "did you mean 'threads'" scripted
slipway run file_read -D depth
refused "NAME=VALUE"
slipway run file_read -D =3
refused "NAME=VALUE"
slipway run file_read -D depth=1 -D depth=2
refused "depth is set twice" 1 2
slipway run file_read -D cpus=1 --cpus 2
refused "cpus is set twice"
slipway run file_read -K locking=big -K locking=object
refused "locking is set already"

slipway help
exits 0
silent_stderr
narrow
prints run compare scale list check show rerun abi version 'Exit status'
for verb in run compare scale list check show rerun abi version help; do
    slipway help "$verb"
    exits 0
    silent_stderr
    narrow
    prints "usage: slipway $verb"
    page=$out
    slipway "$verb" --help
    exits 0
    [ "$out" = "$page" ] || wrong "--help differs from help $verb"
done
slipway help rum
refused "did you mean 'run'"
slipway version
exits 0
narrow
prints slipway threads scripted libuv Lua jansson hwloc jemalloc 'slipway.result/1'

exit $failed

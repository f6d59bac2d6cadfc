#!/usr/bin/env bash
# A target file that cannot serve is refused before anything runs.
set -euo pipefail
. "$(dirname "$0")/common.bash"

slipway run file_read -D file=nowhere.bin
refused nowhere.bin "No such file"
slipway run file_read -D file=.
refused "directory"
: >empty.bin
slipway compare file_read -D file=empty.bin
refused empty.bin empty
if [ "$(id -u)" != 0 ]; then # root reads everything
    echo text >secret.bin
    chmod 0 secret.bin
    slipway run file_read -D file=secret.bin
    refused secret.bin denied
fi
mkfifo pipe.bin
slipway run file_read -D file=pipe.bin
refused pipe.bin

# A file of the user's own is read and left as it was.
head -c 200000 /dev/urandom >mine.bin
sum=$(cksum <mine.bin)
slipway run file_read -D file=mine.bin --duration 100ms --json
exits 0
[ "$(cksum <mine.bin)" = "$sum" ] || wrong "the file was changed"
prints '"verified_bytes"' mine.bin

exit $failed

#!/usr/bin/env bash
# A design from outside of the tree: built with the installed headers alone, it is checked and
# compared like those of the library. What is no design, or one of another version, is refused.
set -euo pipefail
: "${SLIPWAY_PREFIX:?set by the test runner}"
cc=${CC:-cc}
sources=${SLIPWAY_SOURCE:-$PWD}/tests/design_plugin
slipway=$SLIPWAY_PREFIX/bin/slipway
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
eval "flags=($(pkg-config --cflags slipway))" # it quotes for a shell
for name in direct no_design wrong_version; do
    "$cc" -std=gnu17 -Wall -Wextra -Werror -shared -fPIC "$sources/$name.c" "${flags[@]}" \
        -o "$folder/$name.so"
done
cd "$folder"

fail() {
    echo "design_plugin: $1"
    shift
    printf '%s\n' "$@"
    exit 1
}

output=$("$slipway" check --design ./direct.so --no-progress) || fail "the check failed" "$output"
grep -q "all [0-9]* tests passed" <<<"$output" || fail "not all tests passed" "$output"
grep -Eq "^late_access +refused" <<<"$output" || fail "no verdict of late_access" "$output"

# A scenario over it, beside a design of the library.
output=$("$slipway" compare ping_pong --design submit-port,direct.so --ops 500 --json \
    --no-progress) || fail "the comparison failed" "$output"
grep -q '"design": "direct"' <<<"$output" || fail "it is not in the document" "$output"
grep -q '"design": "submit-port"' <<<"$output" || fail "the other is not" "$output"

# refused FILE PATTERN: exit 2, and a message with the pattern
refused() {
    local code=0
    output=$("$slipway" check --design "$1" 2>&1) || code=$?
    [ $code = 2 ] || fail "$1: exit $code" "$output"
    grep -q "$2" <<<"$output" || fail "$1: the message does not say '$2'" "$output"
}
refused ./no_design.so "is no design"
refused ./wrong_version.so "of version 2"
refused ./nowhere.so "nowhere.so"

#!/usr/bin/env bash
# src/Makefile builds the kernel layer by itself, and what it builds stands alone.
set -euo pipefail

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
make -s -C "$SLIPWAY_SOURCE/src" CC="$CC" OUT="$out"
bash "$SLIPWAY_SOURCE/tests/freestanding/symbols.sh" "$out/libslipwaykernel.a"

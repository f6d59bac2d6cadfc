#!/usr/bin/env bash
# Each header compiles alone, twice in one file, with what its layer may use and no more.
set -euo pipefail
. "$(dirname "$0")/common.bash"
cc=${CC:-cc}

freestanding=(-std=c17 -ffreestanding -nostdinc -isystem "$($cc -print-file-name=include)" -Iinclude)
hosted=(-std=gnu17 -Iinclude -I.)
if command -v pkg-config >/dev/null; then
    read -ra host_flags < <(pkg-config --cflags libuv lua5.4 jansson hwloc) || true
    hosted+=("${host_flags[@]}")
fi

# check HEADER FLAGS...
check() {
    local header=$1 path
    path=$(realpath "$header")
    printf '#include "%s"\n#include "%s"\n' "$path" "$path" |
        $cc "${@:2}" -Wall -Wextra -Werror -fsyntax-only -x c - 2>&1 |
        sed "s|$PWD/||g; s|^<stdin>|$header|" | wrong_unless_empty "$header"
}

wrong_unless_empty() {
    local text
    text=$(cat)
    [ -z "$text" ] || { echo "$1:1: does not compile by itself"; echo "$text"; return 1; }
}

for header in $(files_in include/slipway '*.h'); do
    case $header in
    */sim.h | */design.h) check "$header" -std=c17 -Iinclude || failed=1 ;;
    *) check "$header" "${freestanding[@]}" || failed=1 ;;
    esac
done
for header in $(files_in src '*.h'); do check "$header" "${freestanding[@]}" -Isrc || failed=1; done
for header in $(files_in sim '*.h'); do check "$header" "${hosted[@]}" || failed=1; done

exit $failed

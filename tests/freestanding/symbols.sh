#!/usr/bin/env bash
# The kernel layer's objects (or one archive), given as arguments, need nothing from outside but
# four memory functions, and hold no mutable or thread-local data.
set -euo pipefail

whole=$(mktemp)
trap 'rm -f "$whole"' EXIT
ld -r --whole-archive -o "$whole" "$@"

failed=0
# _GLOBAL_OFFSET_TABLE_ is the linker's own, in objects that are to go into a shared library.
while read -r symbol; do
    echo "undefined symbol in the kernel layer: $symbol"
    nm -A -u "$@" | grep -w "$symbol" | sed 's/^/    needed by /'
    failed=1
done < <(nm -u "$whole" | awk '$NF !~ /^(mem(cpy|move|set|cmp)|_GLOBAL_OFFSET_TABLE_)$/ { print $NF }')

while read -r section size; do
    echo "mutable data in the kernel layer: $size bytes in $section"
    nm -A "$@" | awk '$(NF-1) ~ /^[bBdDcCsSgG]$/ { print "    perhaps", $1, $NF }'
    failed=1
done < <(size -A -d "$whole" | awk '$1 ~ /^\.(data|bss|tdata|tbss)/ && $1 !~ /^\.data\.rel\.ro/ && $2 > 0 { print $1, $2 }')

exit $failed

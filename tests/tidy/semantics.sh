#!/usr/bin/env bash
# Each row of docs/SEMANTICS.md (its first cell an id like EP-3, its last cell the proof) names a
# test that exists, as `suite.test` or as a path; each id named in a test is a row.
set -euo pipefail
. "$(dirname "$0")/common.bash"
table=docs/SEMANTICS.md

declare -A tests rows prefixes

# Test(suite, name), Theory((parameters), suite, name), ParameterizedTest(parameter, suite, name)
while IFS= read -r name; do
    tests[$name]=1
done < <(files_in tests '*.c' | xargs -r cat | tr '\n' ' ' |
    grep -oE '\b(Test *\(|Theory *\(\([^)]*\) *,|ParameterizedTest *\([^,]*,) *[A-Za-z_0-9]+ *, *[A-Za-z_0-9]+' |
    sed -E 's/.*[(, ]([A-Za-z_0-9]+) *, *([A-Za-z_0-9]+)$/\1.\2/')

if [ -e "$table" ]; then
    while IFS=$'\t' read -r line id proof; do
        [ -z "${rows[$id]:-}" ] || wrong "$table:$line" "$id is also on line ${rows[$id]}"
        rows[$id]=$line
        prefixes[${id%-*}]=1
        named=0
        while IFS= read -r name; do
            name=${name//\`/}
            named=1
            if [[ $name == */* ]]; then
                [ -e "$name" ] || wrong "$table:$line" "$id is proved by $name, which does not exist"
            else
                [ -n "${tests[$name]:-}" ] || wrong "$table:$line" "$id is proved by $name, which is no test"
            fi
        done < <(grep -oE '`([A-Za-z_0-9]+\.[A-Za-z_0-9]+|tests/[A-Za-z_0-9./-]+)`' <<<"$proof" || true)
        [ $named = 1 ] || wrong "$table:$line" "$id names no test"
    done < <(awk -F'|' '$2 ~ /^ *[A-Z]+-[0-9]+ *$/ {
                 id = $2; gsub(/ /, "", id)
                 last = NF; while (last > 2 && $last ~ /^[ \t]*$/) last--
                 printf "%d\t%s\t%s\n", FNR, id, $last
             }' "$table")
fi

for folder in tests/unit tests/semantics tests/race tests/cli; do
    for file in $(files_in "$folder" '*.[ch]' '*.sh'); do
        while IFS=: read -r line id; do
            [ -z "${prefixes[${id%-*}]:-}" ] || [ -n "${rows[$id]:-}" ] ||
                wrong "$file:$line" "$id is not a row of $table"
        done < <(grep -noE '\b[A-Z]+-[0-9]+\b' "$file" || true)
    done
done
exit $failed

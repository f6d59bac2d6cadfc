#!/usr/bin/env bash
# No file over 600 lines, no function over 60.
set -euo pipefail
. "$(dirname "$0")/common.bash"

for folder in src include sim bench tests cmake; do
    for file in $(files_in "$folder" '*.c' '*.h' '*.sh' '*.bash' '*.cmake'); do
        wrong_lines < <(awk '
            # A function opens with a brace that is the line, or that ends a line begun at the margin
            # with a parameter list, and closes with a brace at the margin.
            /^\{[ \t]*$/ || (/^[A-Za-z_].*\)[ \t]*\{[ \t]*$/ && !/^(struct|union|enum)[ \t]*\{/) {
                start = FNR; name = /^\{/ ? previous : $0
            }
            /^\}/ {
                if (start && FNR - start + 1 > 60)
                    printf "%s:%d: %d lines in one function (at most 60): %s\n", FILENAME, start, FNR - start + 1, name
                start = 0
            }
            { previous = $0 }
            END { if (FNR > 600) printf "%s:601: %d lines (at most 600)\n", FILENAME, FNR }' "$file")
    done
done
exit $failed

# Sourced by the scripts beside it: where the tree is, how to list files, how to report.

cd "${SLIPWAY_SOURCE:-$(dirname "${BASH_SOURCE[0]}")/../..}" || exit 1
failed=0

# wrong FILE:LINE TEXT...
wrong() {
    printf '%s: %s\n' "$1" "${*:2}"
    failed=1
}

# wrong_lines: each line of the input is a finished report
wrong_lines() {
    local line
    while IFS= read -r line; do
        printf '%s\n' "$line"
        failed=1
    done
}

# files_in FOLDER PATTERN...: sorted; nothing when the folder does not exist
files_in() {
    [ -d "$1" ] || return 0
    local folder=$1 names=() pattern
    shift
    for pattern in "$@"; do names+=(-o -name "$pattern"); done
    find "$folder" -type f \( "${names[@]:1}" \) | sort
}

# without_comments FILE: its text, with comments blanked, strings emptied, line numbers kept
without_comments() {
    awk '
    {
        line = $0; out = ""
        while (line != "") {
            if (inside) {
                end = index(line, "*/")
                if (!end) { line = ""; break }
                line = substr(line, end + 2); inside = 0; out = out " "
                continue
            }
            two = substr(line, 1, 2); one = substr(line, 1, 1)
            if (two == "/*") { inside = 1; line = substr(line, 3) }
            else if (two == "//") line = ""
            else if (match(line, /^"([^"\\]|\\.)*"/) && $0 !~ /^[ \t]*#[ \t]*include/) {
                out = out "\"\""; line = substr(line, RLENGTH + 1)
            }
            else if (match(line, /^'\''([^'\''\\]|\\.)*'\''/)) {
                out = out "'\'' '\''"; line = substr(line, RLENGTH + 1)
            }
            else { out = out one; line = substr(line, 2) }
        }
        print out
    }' "$1"
}

# includes FILE: "line <header>" or "line "header"" for each #include
includes() {
    awk 'match($0, /^[ \t]*#[ \t]*include[ \t]*[<"][^>"]*[>"]/) {
             header = substr($0, RSTART, RLENGTH); sub(/^[^<"]*/, "", header); print FNR, header
         }' "$1"
}

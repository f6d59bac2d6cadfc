#!/usr/bin/env bash
# Every public function has a comment directly above it, or shares it with the one above; where it
# returns a status, the comment says whether it blocks (or, towards the host, from which context it
# is called) and which errors. Every document that is linked exists.
set -euo pipefail
. "$(dirname "$0")/common.bash"

for file in $(files_in include/slipway '*.h'); do
    wrong_lines < <(awk '
        function declared(text,   name) {
            gsub(/__attribute__[ ]*\(\([^)]*(\([^)]*\))?[^)]*\)\)/, "", text)
            sub(/\(.*/, "", text)
            if (!match(text, /[a-z_0-9]+[ ]*$/)) return
            name = substr(text, RSTART, RLENGTH)
            if (name !~ /^(slip|sim|k)_[a-z]/) return # slip__ and the like are the inside of others
            if (comment == "")
                printf "%s:%d: %s has no comment directly above it\n", FILENAME, started, name
            else if (text ~ /slip_status_t / && comment !~ /Blocks|HOST|CPU|INTERRUPT|ANY/)
                printf "%s:%d: the comment of %s does not say \"Blocks\"\n", FILENAME, started, name
            else if (text ~ /slip_status_t / && comment !~ /Errors/)
                printf "%s:%d: the comment of %s does not say \"Errors\"\n", FILENAME, started, name
        }
        in_comment { comment = comment " " $0; if (/\*\//) in_comment = 0; next }
        in_remark { if (!sub(/.*\*\//, "")) next }
        collecting == "" && depth == 0 && !in_macro && /^[ \t]*\/\*/ { comment = $0; in_comment = !/\*\//; next }
        { # a remark behind code goes, and what it continues on
            gsub(/\/\*([^*]|\*[^\/])*\*\//, "")
            in_remark = sub(/\/\*.*/, "")
        }
        depth > 0 { count(); next }
        in_macro { in_macro = /\\$/; next }
        /^[ \t]*#/ { in_macro = /\\$/; comment = ""; next }
        /^[ \t]*$/ { if (collecting == "") comment = ""; next }
        {
            if (collecting == "") started = FNR
            collecting = collecting " " $0
            if (/[;{]/) {
                if (collecting ~ /\(/ && collecting !~ /^ *(typedef|_Static_assert|static_assert|extern "C"|(struct|enum|union)[ a-z_0-9]*\{)/)
                    declared(collecting)
                collecting = ""
                count()
            }
        }
        function count(   line) {
            line = $0
            depth += gsub(/\{/, "", line) - gsub(/\}/, "", line)
            if (depth < 0) depth = 0
        }' "$file")
done

# Links between documents, and documents named in code.
tree_files() {
    find . \( -path ./.git -o -path ./build \) -prune -o -type f \
        \( -name '*.md' -o -name '*.[ch]' -o -name '*.sh' -o -name '*.lua' -o -name 'CMakeLists.txt' -o -name dev \) \
        -print | sed 's|^\./||' | sort
}
while IFS= read -r file; do
    while IFS=: read -r line target; do
        [ -e "$target" ] || wrong "$file:$line" "names $target, which does not exist"
    done < <(grep -noE '\bdocs/[A-Za-z0-9_./-]*\.md\b' "$file" || true)
    [[ $file == *.md ]] || continue
    while IFS=: read -r line link; do
        link=${link#*](}
        link=${link%)}
        link=${link%%#*}
        [[ -z $link || $link == *://* ]] && continue
        [ -e "$(dirname "$file")/$link" ] || wrong "$file:$line" "links to $link, which does not exist"
    done < <(grep -noE '\]\([^) ]+\)' "$file" || true)
done < <(tree_files)

exit $failed

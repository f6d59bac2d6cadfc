#!/usr/bin/env bash
# No promises in the tree: what is not there is not announced in the code.
set -euo pipefail
. "$(dirname "$0")/common.bash"

promises='T[O]DO|F[I]XME|X[X]X|[Pp]lace[h]older|[Nn]ot [i]mplemented|[Uu]n[i]mplemented'
while IFS= read -r hit; do
    wrong "${hit%%:*}:$(cut -d: -f2 <<<"$hit")" "a promise:" "$(cut -d: -f3- <<<"$hit")"
done < <(grep -rnIE --exclude-dir=.git --exclude-dir=build "$promises" . | sed 's|^\./||' || true)
exit $failed

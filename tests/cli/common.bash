# Sourced by the scripts beside it. Each runs the built command, $SLIPWAY, in a folder of its own
# that goes with it; `failed` is the exit code.

SLIPWAY=${SLIPWAY:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/slipway}
SLIPWAY_SOURCE=${SLIPWAY_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
export LC_ALL=C.UTF-8
unset NO_COLOR
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
cd "$here" || exit 1
failed=0
status=0 out='' err=''

# slipway ARGUMENT...: runs it; leaves $status, $out, $err
slipway() {
    status=0
    timeout -k 5 60 "$SLIPWAY" "$@" >out.txt 2>err.txt </dev/null || status=$?
    out=$(<out.txt)
    err=$(<err.txt)
    last="slipway $*"
}

wrong() {
    printf 'FAILED: %s\n  %s\n' "$last" "$1"
    printf '  exit %s\n  stdout: %s\n  stderr: %s\n' "$status" "$(head -c 2000 out.txt)" "$(head -c 2000 err.txt)"
    failed=1
}

exits() { [ "$status" = "$1" ] || wrong "exit $status, expected $1"; }
# says WORD...: each is somewhere on stderr; prints WORD...: on stdout
says() { local word; for word in "$@"; do [[ $err == *"$word"* ]] || wrong "stderr lacks: $word"; done; }
# A phrase may be broken over lines.
prints() {
    local word flat
    flat=$(tr -s ' \n' ' ' <out.txt)
    for word in "$@"; do [[ $out == *"$word"* || $flat == *"$word"* ]] || wrong "stdout lacks: $word"; done
}
prints_not() { local word; for word in "$@"; do [[ $out != *"$word"* ]] || wrong "stdout has: $word"; done; }
silent_stdout() { [ -z "$out" ] || wrong "stdout is not empty"; }
silent_stderr() { [ -z "$err" ] || wrong "stderr is not empty"; }
narrow() { [ "$(wc -L <out.txt)" -le 80 ] || wrong "a line of stdout is $(wc -L <out.txt) columns wide"; }

# refused WORD...: usage error, nothing on stdout, every word in the message, and no crash
refused() { exits 2; silent_stdout; says 'slipway: ' "$@"; }

#!/usr/bin/env bash
# Colour on a terminal unless NO_COLOR or --color say otherwise; a bar on a terminal.
set -euo pipefail
. "$(dirname "$0")/common.bash"
escape=$'\033['
escape_pattern=$'\033''\[[0-9;]*[A-Za-z]'

slipway list
prints_not "$escape"
slipway list --color=always
prints "$escape"
slipway list --color never
prints_not "$escape"

# terminal COMMAND: runs it with a terminal of its own; leaves all that was printed in $out
terminal() {
    status=0
    TERM=xterm timeout 60 script -qec "$1" /dev/null >out.txt 2>err.txt </dev/null || status=$?
    out=$(<out.txt) err=$(<err.txt) last="$1 (on a terminal)"
}
# A bare chroot may have no pseudo-terminals.
if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
    terminal "$SLIPWAY list"
    prints "$escape"
    export NO_COLOR=1
    terminal "$SLIPWAY list"
    prints_not "$escape"
    terminal "$SLIPWAY list --color=always"
    prints "$escape"
    unset NO_COLOR
    terminal "$SLIPWAY run ping_pong --duration 1s"
    exits 0
    prints ' left'
    terminal "$SLIPWAY run ping_pong --duration 1s --no-progress"
    prints_not ' left'
    # What does not fit in a line could not be erased again.
    terminal "stty cols 30; $SLIPWAY run ping_pong --duration 1s --color=never"
    exits 0
    prints ' left'
    drawn=$(tr '\r' '\n' <out.txt | grep -a ' left' | sed "s/$escape_pattern//g")
    [ "$(wc -L <<<"$drawn")" -lt 30 ] || wrong "the bar is wider than the terminal: $drawn"
    export LC_ALL=C
    terminal "$SLIPWAY run ping_pong --duration 50ms -q --color=never"
    LC_ALL=C grep -q '[^ -~[:cntrl:]]' out.txt && wrong "signs beyond ASCII in the C locale"
    export LC_ALL=C.UTF-8
fi

exit $failed

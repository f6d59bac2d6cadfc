#!/usr/bin/env bash
# Ctrl-C ends a run early; what was measured until then is printed and written.
set -euo pipefail
. "$(dirname "$0")/common.bash"

export TMPDIR=$here/made
mkdir "$TMPDIR"
command=$(realpath "$SLIPWAY")

# interrupted SECONDS SIGNAL ARGUMENT...
interrupted() {
    local after=$1 signal=$2 process
    shift 2
    last="slipway $* (SIG$signal after $after s)"
    # A job of a script ignores Ctrl-C, so it is set back before the command starts.
    setsid env --default-signal=INT "$SLIPWAY" "$@" >out.txt 2>err.txt </dev/null &
    process=$!
    # On a busy host what starts it may not be there yet, and ignores the signal.
    for _ in {1..500}; do
        [ "$(readlink "/proc/$process/exe")" != "$command" ] || break
        sleep 0.01
    done
    sleep "$after"
    kill -s "$signal" "$process" 2>/dev/null || true
    status=0
    wait "$process" || status=$?
    out=$(<out.txt) err=$(<err.txt)
}

begin=$SECONDS
interrupted 2 INT compare file_read --duration 60s -o result.json
exits 130
[ $((SECONDS - begin)) -lt 15 ] || wrong "it took $((SECONDS - begin)) s to end"
prints interrupted rendezvous 'ops/s'
grep -qE '^method +[0-9]+( to [0-9]+)? of [0-9]+ slices' out.txt ||
    wrong "the method is that of a run to the end: $(grep ^method out.txt)"
narrow
grep -q '"interrupted": true' result.json || wrong "the document does not say that it was interrupted"
slipway show result.json
exits 0
prints interrupted

interrupted 1 TERM run ping_pong --duration 60s --json
exits 130
prints '"interrupted": true' '"schema": "slipway.result/1"'

# Where nothing measures, and nothing else is to be said, it is said that it ended early.
cat >long.lua <<'END'
return {
  about = "a body that takes its time", raw = true,
  processes = { one = { waits = true, body = function(me)
    while true do thread_sleep_until(clock_now() + 10*ms) end
  end } },
}
END
interrupted 1 INT run long.lua -q
exits 130
prints interrupted

# At once, before anything was measured.
interrupted 0.05 INT run ping_pong --duration 60s
[ "$status" = 130 ] || wrong "exit $status, expected 130"

# Validating, too, and it says which scenarios had no turn; a hang-up is an interruption.
for signal in INT HUP; do
    interrupted 1 "$signal" validate ping_pong pairs file_read --costs skylake-64 --duration 60s --no-progress -o found.json
    exits 130
    prints 'interrupted: this is what was measured until then' 'pairs: interrupted before its turn' "file_read: the device"
    prints_not nan '0 CPUs'
    grep -q '"interrupted": true' found.json || wrong "the document does not say that it was interrupted"
done

# A calibration has no half of a result: what was there stays, and what was not is not made.
echo mine >kept.cost
for signal in INT TERM HUP; do
    interrupted 0.5 "$signal" calibrate --duration 60s -o kept.cost
    exits 130
    interrupted 0.5 "$signal" calibrate --duration 60s -o new.cost
    exits 130
    says 'interrupted' 'no costs'
    [ ! -e new.cost ] || wrong "an empty file was left"
done
interrupted 0.3 INT validate ping_pong
exits 130
says 'interrupted' 'no costs'
[ "$(<kept.cost)" = mine ] || wrong "the file was changed"

# Files made for the run are gone.
[ -z "$(ls -A "$TMPDIR")" ] || wrong "files were left behind: $(ls -A "$TMPDIR")"

exit $failed

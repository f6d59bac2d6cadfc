#!/usr/bin/env bash
# Designs by name and by shared object: what is none is refused.
set -euo pipefail
. "$(dirname "$0")/common.bash"
cc=${CC:-cc}

slipway run ping_pong --design submit-prot
refused "submit-prot" "did you mean 'submit-port'" rendezvous send-port send-endpoint
slipway compare ping_pong --design rendezvous,
refused "empty name"
slipway compare ping_pong --design rendezvous,rendezvous
refused "named twice"
slipway run ping_pong --design rendezvous,submit-port
refused "one design" "slipway compare ping_pong"
slipway compare ping_pong --design rendezvous
refused "two designs" "slipway run ping_pong --design rendezvous"
slipway check --design ./nowhere.so
refused nowhere.so

echo 'int nothing; int nothing = 1;' >none.c
$cc -shared -fPIC -o none.so none.c
slipway run ping_pong --design ./none.so
refused none.so sim_design

echo 'no object at all' >text.so
slipway run ping_pong --design ./text.so
refused text.so

mkfifo pipe.so
slipway run ping_pong --design ./pipe.so
refused pipe.so 'no regular file'
slipway run ping_pong --design ./
refused './' 'no regular file'

cat >old.c <<'C'
#include <slipway/design.h>
extern const struct sim_design sim_design;
const struct sim_design sim_design = {.version = SIM_DESIGN_VERSION + 41, .size = sizeof sim_design, .name = "old"};
C
$cc -shared -fPIC -I"$SLIPWAY_SOURCE/include" -o old.so old.c
slipway run ping_pong --design ./old.so
refused old.so version

# One of ours, built from outside of the tree, runs beside the others.
sed 's/"submit-port"/"mine"/' "$SLIPWAY_SOURCE/sim/design/submit_port.c" >mine.c
$cc -std=gnu17 -shared -fPIC -I"$SLIPWAY_SOURCE/include" -o mine.so mine.c
slipway compare ping_pong --design rendezvous,./mine.so --duration 50ms --json
exits 0
prints '"design": "mine"' '"design": "rendezvous"'

exit $failed

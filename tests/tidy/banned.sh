#!/usr/bin/env bash
# Code that runs on simulated threads touches nothing of the host that is bound to a host thread;
# the machines that repeat their runs ask the host for neither time nor chance, and nothing that they
# do hangs on a floating-point number.
set -euo pipefail
. "$(dirname "$0")/common.bash"

# ban FILE WHY PATTERN: no whole word outside comments and strings matches, members of structs aside
ban() {
    while IFS=: read -r line text; do
        wrong "$1:$line" "$2:" "$text"
    done < <(without_comments "$1" | grep -nE "(^|[^A-Za-z0-9_>.])$3" || true)
}

stdio='(v?(f|d|s|sn)?printf|v?asprintf|puts|fputs|putchar|fputc|putc|fopen|fclose|fflush|fread|fwrite|fgets|perror|stdin|stdout|stderr|FILE)\b'
for file in $(files_in sim/role '*.[ch]') $(files_in sim/design '*.[ch]') \
            $(files_in sim/scenario 'binding*.[ch]'); do
    ban "$file" "simulated threads move between host threads, so no errno" '(errno|__errno_location)\b'
    ban "$file" "simulated threads do no stdio" "$stdio"
    ban "$file" "only sim/device knows libuv" 'uv_[a-z]'
    while read -r line header; do
        case $header in
        '<errno.h>' | '<stdio.h>' | '<uv.h>') wrong "$file:$line" "$header on simulated threads" ;;
        esac
    done < <(includes "$file")
done

chance='(clock_gettime|clock|time|gettimeofday|rand|rand_r|srand|random|drand48|getrandom|getentropy|arc4random|nanosleep|usleep|sleep)[ ]*\('
for file in $(files_in sim/machine 'scripted*.[ch]') $(files_in sim/machine 'model*.[ch]') \
            $(files_in sim/machine 'cost*.[ch]') $(files_in sim/machine 'topology_model.[ch]') \
            $(files_in sim/machine 'names.[ch]') $(files_in sim/device 'disk*.[ch]') \
            $(files_in sim/device 'timer*.[ch]') $(files_in sim/role '*.[ch]') sim/activity.c; do
    ban "$file" "a machine that repeats its runs, and what runs on it, is deterministic" "$chance"
    ban "$file" "the path of an event has no floating-point numbers" '(float|double|log|exp|pow|sqrt)\b[ ]*[a-z*(]'
done

exit $failed

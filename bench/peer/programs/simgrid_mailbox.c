/* SimGrid's actors in pairs: a ping and a pong through mailboxes over a network of constant delay.
 * Prints messages per second of the host, and resident bytes per actor.
 *
 *   simgrid_mailbox PAIRS ROUNDS
 */
#include <simgrid/actor.h>
#include <simgrid/engine.h>
#include <simgrid/host.h>
#include <simgrid/mailbox.h>
#include <simgrid/zone.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static unsigned rounds;

static double host_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static long resident_bytes(void)
{
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%ld %ld", &pages, &resident) != 2)
        resident = 0;
    fclose(file);
    return resident * sysconf(_SC_PAGESIZE);
}

static void pair(int argc, char **argv)
{
    static char payload;
    int first = argc > 2;
    char ping[32], pong[32];
    snprintf(ping, sizeof ping, "ping%s", argv[1]);
    snprintf(pong, sizeof pong, "pong%s", argv[1]);
    sg_mailbox_t to = sg_mailbox_by_name(first ? ping : pong);
    sg_mailbox_t from = sg_mailbox_by_name(first ? pong : ping);
    for (unsigned i = 0; i < rounds; i++) {
        if (first)
            sg_mailbox_put(to, &payload, 1);
        (void)sg_mailbox_get(from);
        if (!first)
            sg_mailbox_put(to, &payload, 1);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    unsigned pairs = (unsigned)strtoul(argv[1], NULL, 10);
    rounds = (unsigned)strtoul(argv[2], NULL, 10);
    char *settings[] = {argv[0],
                        "--cfg=network/model:Constant",
                        "--cfg=contexts/stack-size:64",
                        "--cfg=contexts/guard-size:0",
                        "--log=root.thres:error",
                        NULL};
    int count = 5;
    simgrid_init(&count, settings);
    sg_netzone_t zone = sg_zone_create_full("zone");
    sg_host_t one = sg_zone_create_host(zone, "one", 1e9), other = sg_zone_create_host(zone, "other", 1e9);
    sg_zone_seal(zone);
    long before = resident_bytes();
    for (unsigned i = 0; i < pairs; i++) {
        char number[16];
        snprintf(number, sizeof number, "%u", i);
        const char *arguments[] = {"actor", number, "first", NULL};
        sg_actor_create_("ping", one, pair, 3, arguments);
        sg_actor_create_("pong", other, pair, 2, arguments);
    }
    double start = host_now();
    simgrid_run();
    double seconds = host_now() - start;
    printf("%.1f %.1f\n", 2.0 * pairs * rounds / seconds,
           (double)(resident_bytes() - before) / (2.0 * pairs));
    return 0;
}

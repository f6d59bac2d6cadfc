/* SimGrid's actors in pairs: a ping and a pong through mailboxes over a network of constant delay.
 * Prints messages per second of the host, and resident bytes per actor.
 *
 *   simgrid_mailbox PAIRS ROUNDS
 */
#include <simgrid/actor.h>
#include <simgrid/engine.h>
#include <simgrid/host.h>
#include <simgrid/mailbox.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* Two hosts, in the only form that its C interface takes. */
static int load_platform(void)
{
    static const char text[] = "<?xml version='1.0'?>\n"
                               "<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"
                               "<platform version=\"4.1\"><zone id=\"z\" routing=\"None\">"
                               "<host id=\"one\" speed=\"1Gf\"/><host id=\"other\" speed=\"1Gf\"/>"
                               "</zone></platform>\n";
    char path[64], fill[7];
    memset(fill, 'X', sizeof fill - 1); /* as mkstemps wants it */
    fill[sizeof fill - 1] = 0;
    snprintf(path, sizeof path, "/tmp/platform-%s.xml", fill);
    int file = mkstemps(path, 4);
    if (file < 0)
        return -1;
    int written = write(file, text, sizeof text - 1) == (ssize_t)(sizeof text - 1);
    close(file);
    if (written)
        simgrid_load_platform(path);
    unlink(path);
    return written ? 0 : -1;
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
    static char constant[] = "--cfg=network/model:Constant",
                stack[] = "--cfg=contexts/stack-size:64", guard[] = "--cfg=contexts/guard-size:0",
                quiet[] = "--log=root.thres:error";
    char *settings[] = {argv[0], constant, stack, guard, quiet, NULL};
    int count = 5;
    simgrid_init(&count, settings);
    if (load_platform() != 0)
        return 1;
    sg_host_t one = sg_host_by_name("one"), other = sg_host_by_name("other");
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

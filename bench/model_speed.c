/* How fast does the model machine simulate, and how much memory does a thread take?
 *
 * Each row is a program of its own, run in a child so that its memory is its own, and takes turns
 * with the peer's in short slices: SimGrid's actors, which send to each other through mailboxes over
 * a network of constant delay. A message is one direction: a call and its reply are two.
 *
 *   model_speed [slices [row]]
 */
#include <slipway/sim.h>
#include <slipway/slipway.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SLICES_DEFAULT 5U
#define SLICES_MAX 99U
#define BATCH 64U /* threads that one process starts before it waits for them to be there */

/* ---- inside: pairs that call and reply ---------------------------------------------------------- */

struct load {
    uint32_t pairs, cpus, rounds; /* rounds of each pair */
    uint64_t entries;             /* kernel entries in all, when it is over */
    double seconds;               /* of the host, from the first round on */
    long resident;                /* bytes, when all threads were there */
};

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

static void serve(uint64_t endpoint)
{
    struct slip_message m = {.words = 0};
    slip_status_t status = slip_endpoint_wait(endpoint, &m, SLIP_NEVER);
    while (status == SLIP_OK)
        status = slip_endpoint_reply_wait(endpoint, m.request, SLIP_OK, 0, &m, SLIP_NEVER);
}

static void ask(uint64_t endpoint)
{
    struct load *load = sim_argument();
    for (uint32_t i = 0; i < load->rounds; i++) {
        struct slip_message m = {.word = {i}, .words = 1};
        if (slip_endpoint_call(endpoint, &m, NULL, NULL, SLIP_NEVER) != SLIP_OK)
            abort();
    }
    (void)slip_endpoint_send(slip_start_handle(), &(struct slip_message){.words = 0}, SLIP_NEVER);
}

static void start(void (*entry)(uint64_t), uint64_t endpoint, uint32_t cpu)
{
    slip_handle_t thread;
    if (slip_thread_start(SLIP_SELF, entry, endpoint, SLIP_PRIORITY_DEFAULT - 1, cpu, &thread) !=
            SLIP_OK ||
        slip_handle_close(thread) != SLIP_OK)
        abort();
}

/* One process with all threads: it hears of each that is through at its start handle. */
static void workers(void)
{
    struct load *load = sim_argument();
    for (uint32_t i = 0; i < load->pairs; i++) {
        slip_handle_t endpoint;
        uint32_t cpu = i % load->cpus;
        if (slip_endpoint_create(0, &endpoint) != SLIP_OK)
            abort();
        start(serve, endpoint, cpu);
        start(ask, endpoint, cpu);
    }
    double before = host_now();
    struct slip_message m = {.words = 0};
    for (uint32_t i = 0; i < load->pairs; i++)
        if (slip_endpoint_wait(slip_start_handle(), &m, SLIP_NEVER) != SLIP_OK)
            abort();
    load->seconds = host_now() - before;
    load->resident = resident_bytes();
    slip_process_exit(0);
}

static void root(void)
{
    slip_handle_t endpoint, process;
    if (slip_endpoint_create(1, &endpoint) != SLIP_OK ||
        slip_process_create_quota("workers", (uint64_t)32 << 30, &process) != SLIP_OK ||
        slip_process_start(process, workers, endpoint) != SLIP_OK)
        abort();
    (void)slip_process_wait(process, SLIP_NEVER);
}

static struct load run_load(uint32_t pairs, uint32_t cpus, uint32_t rounds)
{
    struct load load = {.pairs = pairs, .cpus = cpus, .rounds = rounds};
    struct sim_counters counters;
    struct sim_options options = {.machine = "model",
                                  .cpus = cpus,
                                  .argument = &load,
                                  .quota = (uint64_t)64 << 30,
                                  .stack_bytes = 16384,
                                  .counters = &counters};
    long before = resident_bytes();
    if (sim_run(&options, root) != 0)
        exit(1);
    load.entries = counters.kernel.system_calls;
    load.resident -= before;
    return load;
}

/* ---- outside: slices, in turns --------------------------------------------------------------------- */

struct sample {
    double rate;  /* messages, or kernel entries, per second of the host; NaN: none */
    double bytes; /* resident per thread */
};

#define NONE ((struct sample){.rate = -1, .bytes = -1})

/* In a child, so that what it took of memory goes with it. */
static struct sample ours(uint32_t pairs, uint32_t cpus, uint32_t rounds, int entries)
{
    struct sample sample = NONE;
    int to[2];
    if (pipe(to) != 0)
        return sample;
    pid_t child = fork();
    if (child == 0) {
        struct load load = run_load(pairs, cpus, rounds);
        sample.rate = (entries ? (double)load.entries : 2.0 * pairs * rounds) / load.seconds;
        sample.bytes = (double)load.resident / (2.0 * pairs);
        _exit(write(to[1], &sample, sizeof sample) == (ssize_t)sizeof sample ? 0 : 1);
    }
    close(to[1]);
    if (child < 0 || read(to[0], &sample, sizeof sample) != (ssize_t)sizeof sample)
        sample = NONE;
    close(to[0]);
    if (child > 0)
        waitpid(child, NULL, 0);
    return sample;
}

/* The peer is a program beside this one; a missing one is no error. */
static struct sample peer(uint32_t pairs, uint32_t rounds)
{
    char here[4096], command[4224];
    ssize_t length = readlink("/proc/self/exe", here, sizeof here - 1);
    if (length <= 0)
        return NONE;
    here[length] = 0;
    *strrchr(here, '/') = 0;
    snprintf(command, sizeof command, "%s/peer/simgrid_mailbox", here);
    if (access(command, X_OK) != 0)
        return NONE;
    snprintf(command, sizeof command, "%s/peer/simgrid_mailbox %u %u 2>/dev/null", here, pairs,
             rounds);
    struct sample sample = NONE;
    FILE *from = popen(command, "r");
    if (from == NULL)
        return NONE;
    if (fscanf(from, "%lf %lf", &sample.rate, &sample.bytes) != 2)
        sample = NONE;
    pclose(from);
    return sample;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *value, uint32_t count)
{
    qsort(value, count, sizeof *value, by_size);
    return count % 2 ? value[count / 2] : (value[count / 2 - 1] + value[count / 2]) / 2;
}

struct row {
    const char *what, *unit;
    uint32_t pairs, cpus, rounds, peer_rounds; /* peer_rounds 0: no peer */
    int entries;
    double ratio_least, rate_least, bytes_most; /* targets; 0: none */
};

static const struct row rows[] = {
    {"2 threads, call and reply", "messages/s", 1, 1, 400000, 20000, 0, 20, 0, 0},
    {"10,000 threads in pairs", "messages/s", 5000, 1, 60, 10, 0, 15, 0, 12 * 1024.0},
    {"100,000 threads in pairs", "messages/s", 50000, 1, 4, 0, 0, 0, 0, 10737.0},
    {"256 CPUs, all busy", "kernel entries/s", 256, 256, 2000, 0, 1, 0, 1e6, 0},
};

static void print_row(const struct row *row, uint32_t slices, double *mine, double *theirs,
                      double *ratio, double bytes, double peer_bytes)
{
    double low = mine[0], high = mine[0];
    for (uint32_t i = 0; i < slices; i++) {
        low = mine[i] < low ? mine[i] : low;
        high = mine[i] > high ? mine[i] : high;
    }
    double rate = median(mine, slices);
    printf("%s\n  ours     %10.0f %s (%.0f to %.0f)", row->what, rate, row->unit, low, high);
    if (row->rate_least > 0)
        printf("; target %.0f: %s", row->rate_least, rate >= row->rate_least ? "met" : "MISSED");
    printf("\n  memory   %10.1f KiB resident per thread", bytes / 1024);
    if (row->bytes_most > 0)
        printf("; target %.1f: %s", row->bytes_most / 1024,
               bytes <= row->bytes_most ? "met" : "MISSED");
    putchar('\n');
    if (row->peer_rounds == 0)
        return;
    if (theirs[0] < 0) {
        printf("  SimGrid  not installed (libsimgrid-dev)\n");
        return;
    }
    double middle = median(ratio, slices);
    printf("  SimGrid  %10.0f messages/s, %.1f KiB per actor\n", median(theirs, slices),
           peer_bytes / 1024);
    printf("  ratio    %10.1f (%.1f to %.1f); target %.0f: %s\n", middle, ratio[0],
           ratio[slices - 1], row->ratio_least, middle >= row->ratio_least ? "met" : "MISSED");
}

static void run_row(const struct row *row, uint32_t slices)
{
    double mine[SLICES_MAX] = {0}, theirs[SLICES_MAX] = {0}, ratio[SLICES_MAX] = {0};
    double bytes = 0, peer_bytes = 0;
    for (uint32_t i = 0; i < slices; i++) {
        struct sample a = ours(row->pairs, row->cpus, row->rounds, row->entries);
        struct sample b = row->peer_rounds == 0 ? NONE : peer(row->pairs, row->peer_rounds);
        if (a.rate < 0) {
            printf("%s\n  did not run\n", row->what);
            return;
        }
        mine[i] = a.rate;
        theirs[i] = b.rate;
        ratio[i] = a.rate / b.rate;
        bytes = a.bytes > bytes ? a.bytes : bytes;
        peer_bytes = b.bytes > peer_bytes ? b.bytes : peer_bytes;
    }
    print_row(row, slices, mine, theirs, ratio, bytes, peer_bytes);
}

/* From the start of a simulation to what it found, everything included. */
static void time_small(uint32_t slices)
{
    double taken[SLICES_MAX];
    for (uint32_t i = 0; i < slices; i++) {
        double before = host_now();
        run_load(1, 1, 100);
        taken[i] = (host_now() - before) * 1e3;
    }
    double middle = median(taken, slices);
    printf("start to first result, 2 threads\n  ours     %10.1f ms (%.1f to %.1f); target 50: %s\n",
           middle, taken[0], taken[slices - 1], middle < 50 ? "met" : "MISSED");
}

int main(int argc, char **argv)
{
    uint32_t slices = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : SLICES_DEFAULT;
    uint32_t row = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
    uint32_t last = sizeof rows / sizeof *rows + 1;
    if (slices == 0 || slices > SLICES_MAX || row > last) {
        fprintf(stderr, "usage: model_speed [slices [row]]; slices 1 to %u, rows 1 to %u\n",
                SLICES_MAX, last);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (uint32_t i = 1; i < last; i++)
        if (row == 0 || row == i)
            run_row(&rows[i - 1], slices);
    if (row == 0 || row == last)
        time_small(slices);
    return 0;
}

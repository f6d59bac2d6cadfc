/* Pairs of a client and a server, a pair per CPU, that share nothing but the kernel
 * (scenarios/pairs.lua), over the number of CPUs.
 *
 * With a lock per object nothing is shared, so twice the CPUs do twice as much. With one lock around
 * every kernel entry, theory is that of a closed queue: of a round trip R on one CPU, L is spent in the
 * lock, in V visits, and on more CPUs the lock first has to come from the CPU that had it, which takes
 * M. So the speed-up on N CPUs
 *
 *   is R / (L + V M)           where so many want the lock that it is never free: R / L, less what
 *                              moving the lock costs
 *   is at most N, and at least N R / (R + V M + (N - 1) (L + V M))
 *                              everywhere: nobody waits, or all others are always in front
 *
 * R and L are read off the bill of a run on one CPU: the lock is taken behind the entry and dropped
 * before the exit. V is 2, and 4 where the client thinks: that is a call as well, and gives the lock
 * away meanwhile. M is line_cluster of the cost file, as long as all CPUs are cores of one cluster.
 */
#include <math.h>
#include <stdio.h>
#include "sim/machine/cost.h"
#include "tests/theory/theory.h"

#define MS 1000000U
#define PLACE(name) (SLIP_COST_COUNT + SIM_COST_##name)

static void measure(uint32_t cpus, const char *kernel, uint32_t think_ns, slip_time_t duration,
                    struct theory_found *found)
{
    char cpu_text[32], think_text[32];
    snprintf(cpu_text, sizeof cpu_text, "cpus=%u", cpus);
    snprintf(think_text, sizeof think_text, "think=%u", think_ns);
    const char *settings[] = {cpu_text, think_text, NULL};
    struct sim_plan *plan = theory_load("pairs", settings);
    const struct sim_run_options options = {
        .kernel = kernel, .duration_ns = duration, .seed = 1, .costs = SIM_COSTS_DEFAULT};
    theory_measure(plan, "rendezvous", &options, found);
    sim_plan_free(plan);
}

static void row(const char *what, uint32_t cpus, double theory, double found)
{
    printf("| %-32s | %3u | %6.2f | %6.2f | %+5.2f %% |\n", what, cpus, theory, found,
           100 * (found / theory - 1));
    fflush(stdout);
}

static void expect_linear(const char *what, const char *kernel, uint32_t think_ns,
                          slip_time_t duration)
{
    struct theory_found one, many;
    measure(1, kernel, think_ns, duration, &one);
    for (uint32_t cpus = 16; cpus <= 64; cpus *= 4) {
        measure(cpus, kernel, think_ns, duration, &many);
        double speed_up = many.ops_per_s / one.ops_per_s;
        row(what, cpus, cpus, speed_up);
        THEORY_EXPECT(fabs(speed_up / cpus - 1) <= 0.01, "%s: %u CPUs are %.3f", what, cpus,
                      speed_up);
    }
}

/* Of a round trip on one CPU, what is spent while the lock is held. */
static double locked(const struct theory_found *one)
{
    return one->response - one->part[SLIP_COST_entry] - one->part[SLIP_COST_exit];
}

static double line_cluster(void)
{
    char error[512];
    struct sim_costs *costs = sim_costs_load(SIM_COSTS_DEFAULT, error, sizeof error);
    double ns = costs == NULL ? NAN : (double)costs->machine[SIM_COST_line_cluster].ps / 1e3;
    sim_costs_free(costs);
    return ns;
}

static void expect_saturation(const char *what, uint32_t think_ns)
{
    static const uint32_t counts[] = {2, 4, 8, 16};
    struct theory_found one, many;
    measure(1, "locking=big", think_ns, 4 * MS, &one);
    double call = (one.part[SLIP_COST_entry] + one.part[SLIP_COST_exit]) / 2;
    double round = one.response + (think_ns == 0 ? 0 : think_ns + call);
    double visit = locked(&one) + (think_ns == 0 ? 2 : 4) * line_cluster();
    double most = round / visit;
    printf("| %-32s |     | round trip %.1f ns, locked %.1f, with moves %.1f: %.2f of %.2f |\n",
           what, round, locked(&one), visit, most, round / locked(&one));
    for (uint32_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        uint32_t cpus = counts[i];
        measure(cpus, "locking=big", think_ns, 20 * MS, &many);
        double speed_up = many.ops_per_s / one.ops_per_s;
        double least = cpus * round / (round + visit - locked(&one) + (cpus - 1) * visit);
        row(what, cpus, cpus < most ? cpus : most, speed_up);
        THEORY_EXPECT(speed_up <= cpus * 1.001 && speed_up >= least * 0.99,
                      "%s: %u CPUs are %.3f, not in %.3f to %u", what, cpus, speed_up, least, cpus);
        if (cpus >= 1.5 * most)
            THEORY_EXPECT(fabs(speed_up / most - 1) <= 0.02, "%s: %u CPUs are %.3f, not %.3f", what,
                          cpus, speed_up, most);
    }
}

/* Beyond one socket some moves are longer. What they come to is in the bill, and the rest holds. */
static void expect_saturation_across_sockets(const char *what)
{
    struct theory_found one, many;
    measure(1, "locking=big", 0, 4 * MS, &one);
    measure(64, "locking=big", 0, 20 * MS, &many);
    double moves = many.part[PLACE(line_sibling)] + many.part[PLACE(line_cluster)] +
                   many.part[PLACE(line_socket)] + many.part[PLACE(line_remote)];
    double theory = one.response / (locked(&one) + moves);
    double speed_up = many.ops_per_s / one.ops_per_s;
    row(what, 64, theory, speed_up);
    THEORY_EXPECT(fabs(speed_up / theory - 1) <= 0.02, "%s: 64 CPUs are %.3f, not %.3f", what,
                  speed_up, theory);
    THEORY_EXPECT(moves > 2 * line_cluster(), "%.1f ns", moves);
}

int main(void)
{
    expect_linear("a lock per object", "locking=object", 0, 1 * MS);
    expect_linear("a lock per object, think 100 us", "locking=object", 100000, 20 * MS);
    expect_linear("one lock, think 100 us", "locking=big", 100000, 20 * MS);
    expect_saturation("one lock", 0);
    expect_saturation("one lock, think 2 us", 2000);
    expect_saturation_across_sockets("one lock, two sockets");
    return theory_end();
}

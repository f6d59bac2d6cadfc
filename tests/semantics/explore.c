#include "tests/semantics/explore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS 150
#define STEPS_MAX 3000   /* no race here is longer */
#define SECOND_TURNS 6   /* lengths of the overtaker's turn that are tried: 3 * 2^n steps */
#define ALONE 1000000000 /* nanoseconds of simulated time, far more than anything takes */

enum plan_kind { PLAN_SWEEP, PLAN_KNOB, PLAN_SEED };

/* One schedule, and how its run went. */
struct race_plan {
    enum plan_kind kind;
    uint32_t actors, cpus;
    uint32_t first, second;
    uint64_t step;  /* sweep: when the second goes first; knob: the knob; seed: the seed */
    uint64_t turn;  /* sweep: for so many steps; 0: for good */
    uint64_t knobs; /* a seed's knob is below that */
    uint64_t random;
    atomic_uint met, left;
    int open;       /* the actors have met */
    int over;       /* and nobody has anything to do any more */
    uint64_t steps; /* in between */
    uint64_t alone; /* how many picks in a row had one CPU to pick */
};

/* ---- who goes on --------------------------------------------------------------------------- */

static uint64_t draw(struct race_plan *plan)
{
    plan->random = plan->random * 6364136223846793005U + 1442695040888963407U;
    return plan->random >> 33;
}

static uint32_t nth(uint64_t set, uint64_t n)
{
    while (n-- > 0)
        set &= set - 1;
    return (uint32_t)__builtin_ctzll(set);
}

static int has(uint64_t set, uint32_t cpu)
{
    return (set >> cpu & 1) != 0;
}

static uint32_t pick_seeded(struct race_plan *plan, uint64_t runnable, uint32_t current)
{
    uint64_t sticky = plan->step % 6;
    if (has(runnable, current) && (draw(plan) & ((1U << sticky) - 1)) != 0)
        return current;
    return nth(runnable, draw(plan) % (uint64_t)__builtin_popcountll(runnable));
}

static uint32_t preferred(const struct race_plan *plan)
{
    if (plan->kind == PLAN_KNOB)
        return plan->actors - 1;
    int turned =
        plan->steps >= plan->step && (plan->turn == 0 || plan->steps < plan->step + plan->turn);
    return turned ? plan->second : plan->first;
}

static uint32_t next_after(uint64_t runnable, uint32_t current)
{
    uint64_t above = runnable & ~(((uint64_t)2 << current) - 1);
    return nth(above != 0 ? above : runnable, 0);
}

static uint32_t pick(void *argument, uint64_t runnable, uint32_t current, uint64_t step)
{
    (void)step;
    struct race_plan *plan = argument;
    if (runnable == 0)
        return 0;
    plan->alone = (runnable & (runnable - 1)) == 0 && has(runnable, current) ? plan->alone + 1 : 0;
    if (!plan->open)
        plan->open = atomic_load(&plan->met) == plan->actors;
    if (!plan->open || plan->over)
        return next_after(runnable, current); /* nobody is ahead of the others */
    plan->steps++;
    if (plan->kind == PLAN_SEED)
        return pick_seeded(plan, runnable, current);
    if (has(runnable, preferred(plan)))
        return preferred(plan);
    return has(runnable, current) ? current : nth(runnable, 0);
}

/* ---- inside -------------------------------------------------------------------------------- */

static struct race_plan *plan_now(void)
{
    return scene_now()->plan;
}

void race_root(void)
{
    EXPECT_OK(slip_thread_affinity(SLIP_SELF, plan_now()->cpus - 1));
}

void race_meet(void)
{
    struct race_plan *plan = plan_now();
    atomic_fetch_add(&plan->met, 1);
    while (atomic_load(&plan->met) != plan->actors)
        slip_thread_checkpoint();
}

void race_leave(void)
{
    atomic_fetch_add(&plan_now()->left, 1);
}

void race_wait(uint32_t actors)
{
    struct race_plan *plan = plan_now();
    do
        slip_thread_sleep_until(slip_clock_now() + ALONE);
    while (atomic_load(&plan->left) < actors);
    plan->over = 1;
    const char *broken = plan->alone == 0 ? NULL : k_kernel_check(scene_kernel());
    scene_expect(broken == NULL, __FILE__, __LINE__, broken == NULL ? "" : broken);
}

uint64_t race_knob(void)
{
    const struct race_plan *plan = plan_now();
    return plan->kind == PLAN_SEED ? plan->step * 37 % plan->knobs : plan->step;
}

/* ---- host ---------------------------------------------------------------------------------- */

static void describe(const struct race_plan *plan, char *text, size_t bytes)
{
    switch (plan->kind) {
    case PLAN_SWEEP:
        snprintf(text, bytes, "sweep:%u:%u:%lu:%lu", plan->first, plan->second, plan->step,
                 plan->turn);
        break;
    case PLAN_KNOB:
        snprintf(text, bytes, "knob:%lu", plan->step);
        break;
    case PLAN_SEED:
        snprintf(text, bytes, "seed:%lu", plan->step);
        break;
    }
}

/* Runs one schedule and asserts. */
static void run(const struct race *race, struct race_plan *plan)
{
    static struct scene scene;
    memset(&scene, 0, sizeof scene);
    plan->actors = race->actors;
    plan->cpus = race->actors + 1;
    plan->random = plan->step;
    plan->knobs = race->knob == 0 ? 1 : race->knob;
    scene.plan = plan;
    struct sim_choice choice = {.argument = plan, .pick = pick};
    struct scene_options options = {.machine = "scripted", .cpus = plan->cpus, .seed = 1};
    int failed = scene_once(&scene, &options, &choice, race->root);
    const char *wrong = failed || race->judge == NULL ? NULL : race->judge(&scene);
    if (!failed && wrong == NULL)
        return;
    char schedule[80];
    describe(plan, schedule, sizeof schedule);
    cr_assert_fail("SLIPWAY_RACE=%s: %s%s\n%s", schedule, wrong == NULL ? "" : wrong, scene.failure,
                   scene.error);
}

/* The given turn from every stride-th step on, until all is over before it begins. The most steps
 * that there were. */
static uint64_t sweep(const struct race *race, uint32_t first, uint32_t second, uint64_t turn,
                      uint64_t stride)
{
    uint64_t end = 0;
    for (uint64_t step = 0; step <= end && step < STEPS_MAX; step += stride) {
        struct race_plan plan = {
            .kind = PLAN_SWEEP, .first = first, .second = second, .step = step, .turn = turn};
        run(race, &plan);
        end = plan.steps;
    }
    return end;
}

static void sweep_pair(const struct race *race, uint32_t first, uint32_t second)
{
    uint64_t steps = sweep(race, first, second, 0, 1);
    cr_log_info("actor %u, then %u: %lu steps", first, second, steps);
    for (uint32_t n = 0; n < SECOND_TURNS; n++)
        sweep(race, first, second, (uint64_t)3 << n, 3);
}

static void turn_knob(const struct race *race)
{
    for (uint64_t knob = 0; knob < race->knob; knob++) {
        struct race_plan plan = {.kind = PLAN_KNOB, .step = knob};
        run(race, &plan);
    }
}

/* One schedule by its name. */
static int run_named(const struct race *race, const char *name)
{
    struct race_plan plan = {.kind = PLAN_SEED};
    if (sscanf(name, "sweep:%u:%u:%lu:%lu", &plan.first, &plan.second, &plan.step, &plan.turn) == 4)
        plan.kind = PLAN_SWEEP;
    else if (sscanf(name, "knob:%lu", &plan.step) == 1)
        plan.kind = PLAN_KNOB;
    else if (sscanf(name, "seed:%lu", &plan.step) != 1)
        return 0;
    run(race, &plan);
    return 1;
}

void race(const struct race *race)
{
    if (LOOKS_FOR_RACES)
        cr_skip_test("on the scripted machine alone");
    const char *named = getenv("SLIPWAY_RACE");
    if (named != NULL) {
        cr_assert(run_named(race, named),
                  "SLIPWAY_RACE=%s: accepted are sweep:FIRST:SECOND:STEP:TURN"
                  ", knob:N and seed:N",
                  named);
        return;
    }
    if (race->knob)
        turn_knob(race);
    else
        for (uint32_t first = 0; first < race->actors; first++)
            for (uint32_t second = 0; second < race->actors; second++)
                if (first != second)
                    sweep_pair(race, first, second);
    uint64_t seeds = race->seeds == 0 ? SEEDS : race->seeds;
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct race_plan plan = {.kind = PLAN_SEED, .step = seed};
        run(race, &plan);
    }
}

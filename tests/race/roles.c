/* Clients, file servers and pipeline stages on two CPUs over every design, with the loop's thread
 * and libuv's workers beside them, for the thread sanitizer. Exit 0 if every operation was done
 * once and every byte was right. */
#include <stdio.h>
#include "sim/run/slice.h"

#define OPS 400U

extern const struct sim_design *const sim_design_table[]; /* generated; NULL ends */

static int check(const struct sim_slice *slice, const char *design)
{
    uint64_t measured = 0, wrong = 0;
    for (uint32_t i = 0; i < slice->recorder_count; i++) {
        measured += slice->recorders[i].measured;
        wrong += slice->recorders[i].errors + slice->recorders[i].mismatches;
    }
    if (slice->outcome == 0 && measured == OPS && wrong == 0)
        return 0;
    fprintf(stderr, "%s over %s: %lu operations measured, %lu wrong: %s\n",
            slice->options.plan->name, design, (unsigned long)measured, (unsigned long)wrong,
            slice->error);
    return 1;
}

static int run_slice(const struct sim_plan *plan, struct sim_dataset *dataset,
                     const struct sim_design *design, const char *machine)
{
    char error[600];
    struct sim_slice_options options = {.plan = plan,
                                        .design = design,
                                        .datasets = &dataset,
                                        .machine = machine,
                                        .cpus = plan->cpus,
                                        .seed = 1,
                                        .ops = OPS,
                                        .warmup_ops = 20};
    struct sim_slice *slice = sim_slice_create(&options, error, sizeof error);
    if (slice == NULL || sim_slice_start(slice, error, sizeof error) != 0) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    while (!sim_slice_watch(slice, 1000000000))
        ;
    sim_slice_join(slice);
    int failed = check(slice, design->name);
    sim_slice_destroy(slice);
    return failed;
}

static int run(const char *scenario, const struct sim_setting *settings, uint32_t count)
{
    char error[600];
    struct sim_dataset *dataset = NULL;
    struct sim_plan *plan = sim_plan_load(scenario, settings, count, error, sizeof error);
    if (plan != NULL && plan->device_count != 0)
        dataset = sim_dataset_create(plan, 0, 1, error, sizeof error);
    if (plan == NULL || (plan->device_count != 0 && dataset == NULL)) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    int failed = 0;
    for (uint32_t i = 0; sim_design_table[i] != NULL; i++)
        failed |= run_slice(plan, dataset, sim_design_table[i], "threads") ||
                  run_slice(plan, dataset, sim_design_table[i], "cores");
    sim_dataset_destroy(dataset);
    sim_plan_free(plan);
    return failed;
}

int main(void)
{
    static const struct sim_setting file_read[] = {
        {"clients", "3"}, {"servers", "2"}, {"depth", "4"}};
    static const struct sim_setting pipeline[] = {
        {"clients", "2"}, {"bytes", "2000"}, {"service", "0"}};
    return run("file_read", file_read, 3) | run("pipeline", pipeline, 3);
}

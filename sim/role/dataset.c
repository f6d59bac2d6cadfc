#include "sim/role/dataset.h"

#include <stdlib.h>
#include <string.h>

#include "sim/device/host_file.h"
#include "sim/role/checksum.h"
#include "sim/role/sample.h"

#define DATASET_PASS_BYTES ((uint64_t)1 << 20) /* of the file in memory at once, or one block */
#define DATASET_NAME "data"                    /* of a file that is made */

const struct sim_dataset_sums *sim_dataset_sums(const struct sim_dataset *dataset, uint64_t block)
{
    for (uint32_t i = 0; i < dataset->sums_count; i++)
        if (dataset->sums[i].block == block)
            return &dataset->sums[i];
    return NULL;
}

uint32_t sim_dataset_device(const struct sim_plan *plan, const struct sim_plan_process *process)
{
    if (process->device != UINT32_MAX)
        return process->device;
    for (uint32_t i = 0; i < process->link_count; i++) {
        const struct sim_plan_endpoint *endpoint = &plan->endpoints[process->links[i].first];
        const struct sim_plan_process *server = &plan->processes[endpoint->process];
        if (server->device != UINT32_MAX)
            return server->device;
    }
    return UINT32_MAX;
}

/* What the clients of a device do with its file. */
struct dataset_use {
    int reads;
    const struct sim_plan_process *writer;
    uint32_t verifiers; /* processes that verify, so sizes of block at most */
};

static int dataset_is_user(const struct sim_plan *plan, const struct sim_plan_process *process,
                           uint32_t device)
{
    return (process->op == SIM_OP_READ || process->op == SIM_OP_WRITE) &&
           sim_dataset_device(plan, process) == device;
}

static struct dataset_use dataset_use_find(const struct sim_plan *plan, uint32_t device)
{
    struct dataset_use use = {0};
    for (uint32_t i = 0; i < plan->process_count; i++) {
        const struct sim_plan_process *process = &plan->processes[i];
        if (!dataset_is_user(plan, process, device))
            continue;
        if (process->op == SIM_OP_WRITE)
            use.writer = process;
        else
            use.reads = 1;
        use.verifiers += process->verify != 0;
    }
    return use;
}

/* Joins texts into a message, cut where it is full. NULL ends. */
static void dataset_say(char *error, size_t error_bytes, const char *const *texts)
{
    size_t at = 0;
    for (; *texts != NULL; texts++)
        for (const char *text = *texts; *text != 0 && at + 1 < error_bytes; text++)
            error[at++] = *text;
    if (error_bytes > 0)
        error[at] = 0;
}

static int dataset_read(struct sim_dataset *dataset, uint64_t offset, void *data, uint64_t length,
                        char *error, size_t error_bytes)
{
    if (!dataset->made)
        return sim_host_file_read(dataset->file, offset, data, length, error, error_bytes);
    sim_sample_fill(dataset->seed, offset, data, length);
    return 0;
}

/* One pass over the file. */
static int dataset_sum(struct sim_dataset *dataset, struct sim_dataset_sums *sums, char *error,
                       size_t error_bytes)
{
    uint64_t per_pass = sums->block < DATASET_PASS_BYTES ? DATASET_PASS_BYTES / sums->block : 1;
    uint64_t bytes = per_pass * sums->block;
    if (bytes > dataset->length)
        bytes = dataset->length;
    char *data = malloc(bytes);
    if (data == NULL) {
        dataset_say(
            error, error_bytes,
            (const char *const[]){"no memory for a block of '", dataset->file_name, "'", NULL});
        return 1;
    }
    int failed = 0;
    uint64_t block = 0;
    for (uint64_t offset = 0; offset < dataset->length && !failed; offset += bytes) {
        if (bytes > dataset->length - offset)
            bytes = dataset->length - offset;
        failed = dataset_read(dataset, offset, data, bytes, error, error_bytes);
        for (uint64_t at = 0; at < bytes && !failed; at += sums->block) {
            uint64_t length = bytes - at < sums->block ? bytes - at : sums->block;
            sums->sum[block++] = sim_checksum(data + at, length);
        }
    }
    free(data);
    return failed;
}

static int dataset_sum_all(struct sim_dataset *dataset, const struct sim_plan *plan,
                           uint32_t device, uint32_t verifiers, char *error, size_t error_bytes)
{
    if (verifiers == 0)
        return 0;
    dataset->sums = calloc(verifiers, sizeof *dataset->sums);
    for (uint32_t i = 0; i < plan->process_count && dataset->sums != NULL; i++) {
        const struct sim_plan_process *process = &plan->processes[i];
        if (!dataset_is_user(plan, process, device) || !process->verify || process->bytes == 0 ||
            sim_dataset_sums(dataset, process->bytes) != NULL)
            continue;
        struct sim_dataset_sums *sums = &dataset->sums[dataset->sums_count];
        sums->block = process->bytes;
        sums->count = (dataset->length - 1) / sums->block + 1;
        sums->sum = calloc(sums->count, sizeof *sums->sum);
        if (sums->sum == NULL)
            break;
        dataset->sums_count++;
        if (dataset_sum(dataset, sums, error, error_bytes) != 0)
            return 1;
    }
    for (uint32_t i = 0; i < plan->process_count; i++) {
        const struct sim_plan_process *process = &plan->processes[i];
        if (dataset_is_user(plan, process, device) && process->verify && process->bytes != 0 &&
            sim_dataset_sums(dataset, process->bytes) == NULL) {
            dataset_say(error, error_bytes,
                        (const char *const[]){"device ", plan->devices[device].name,
                                              ": no memory for a checksum of each block of '",
                                              dataset->file_name,
                                              "'; larger blocks, a shorter file, or verify = false "
                                              "need less",
                                              NULL});
            return 1;
        }
    }
    return 0;
}

/* Writes the contents of a file that was made. */
static int dataset_fill(struct sim_dataset *dataset, char *error, size_t error_bytes)
{
    char *data = malloc(DATASET_PASS_BYTES);
    if (data == NULL) {
        dataset_say(error, error_bytes, (const char *const[]){"no memory to make a file", NULL});
        return 1;
    }
    int failed = 0;
    for (uint64_t offset = 0; offset < dataset->length && !failed; offset += DATASET_PASS_BYTES) {
        uint64_t bytes = dataset->length - offset;
        if (bytes > DATASET_PASS_BYTES)
            bytes = DATASET_PASS_BYTES;
        sim_sample_fill(dataset->seed, offset, data, bytes);
        failed = sim_host_file_write(dataset->file, offset, data, bytes, error, error_bytes);
    }
    free(data);
    return failed;
}

/* Gets the file. 0, or 1 and a message. */
static int dataset_open(struct sim_dataset *dataset, const struct sim_plan_device *device,
                        const struct dataset_use *use, char *error, size_t error_bytes)
{
    char who[64];
    dataset_say(who, sizeof who, (const char *const[]){"device ", device->name, NULL});
    dataset->made = device->path[0] == 0;
    if (!dataset->made && use->writer != NULL) {
        dataset_say(error, error_bytes,
                    (const char *const[]){
                        who, ": process ", use->writer->name, " writes, and '", device->path,
                        "' is yours; accepted is \"\", so that a file is made for "
                        "the run",
                        NULL});
        return 1;
    }
    if (dataset->made && device->make_bytes == 0) {
        dataset_say(
            error, error_bytes,
            (const char *const[]){who,
                                  ": neither path nor make; accepted is the path of a file, "
                                  "or the length of one to make, 1 and up",
                                  NULL});
        return 1;
    }
    dataset->file = dataset->made ? sim_host_file_make(who, DATASET_NAME, device->make_bytes, error,
                                                       error_bytes)
                                  : sim_host_file_open(who, device->path, error, error_bytes);
    if (dataset->file == NULL)
        return 1;
    dataset->root = dataset->file->root;
    dataset->file_name = dataset->file->name;
    dataset->length = dataset->file->length;
    if (dataset->made && (use->reads || use->writer == NULL))
        return dataset_fill(dataset, error, error_bytes);
    return 0;
}

struct sim_dataset *sim_dataset_create(const struct sim_plan *plan, uint32_t device, uint64_t seed,
                                       char *error, size_t error_bytes)
{
    struct dataset_use use = dataset_use_find(plan, device);
    struct sim_dataset *dataset = calloc(1, sizeof *dataset);
    if (dataset == NULL) {
        dataset_say(error, error_bytes, (const char *const[]){"no memory for a dataset", NULL});
        return NULL;
    }
    dataset->seed = seed;
    if (dataset_open(dataset, &plan->devices[device], &use, error, error_bytes) != 0 ||
        dataset_sum_all(dataset, plan, device, use.verifiers, error, error_bytes) != 0) {
        sim_dataset_destroy(dataset);
        return NULL;
    }
    return dataset;
}

void sim_dataset_destroy(struct sim_dataset *dataset)
{
    if (dataset == NULL)
        return;
    for (uint32_t i = 0; i < dataset->sums_count; i++)
        free(dataset->sums[i].sum);
    free(dataset->sums);
    sim_host_file_close(dataset->file);
    free(dataset);
}

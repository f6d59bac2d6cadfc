/* The file of a run: made or taken, with a checksum for each block; nothing stays behind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <criterion/criterion.h>
#include "sim/role/checksum.h"
#include "sim/role/dataset.h"
#include "sim/role/sample.h"

static const struct sim_plan_endpoint endpoints[] = {
    {.name = "files", .index = 1, .process = 0, .depth = 8},
};
static const struct sim_plan_link links[] = {{.name = "files", .first = 0, .count = 1, .depth = 8}};

struct fixture {
    struct sim_plan plan;
    struct sim_plan_process processes[3];
    struct sim_plan_device device;
    char error[300];
    struct sim_dataset *dataset;
};

/* A server and two clients of one file. */
static void fixture_init(struct fixture *fixture, const char *path, uint64_t make)
{
    memset(fixture, 0, sizeof *fixture);
    fixture->device =
        (struct sim_plan_device){.name = "disk", .kind = "file", .path = path, .make_bytes = make};
    fixture->processes[0] = (struct sim_plan_process){
        .name = "server", .role = "file_server", .count = 1, .threads = 1, .device = 0};
    for (int i = 1; i < 3; i++)
        fixture->processes[i] = (struct sim_plan_process){.name = "client",
                                                          .role = "client",
                                                          .count = 1,
                                                          .threads = 1,
                                                          .serves = UINT32_MAX,
                                                          .links = links,
                                                          .link_count = 1,
                                                          .device = UINT32_MAX,
                                                          .op = SIM_OP_READ,
                                                          .bytes = 1000,
                                                          .verify = 1};
    fixture->plan = (struct sim_plan){.endpoints = endpoints,
                                      .endpoint_count = 1,
                                      .processes = fixture->processes,
                                      .process_count = 3,
                                      .devices = &fixture->device,
                                      .device_count = 1};
}

static struct sim_dataset *fixture_create(struct fixture *fixture)
{
    fixture->dataset =
        sim_dataset_create(&fixture->plan, 0, 11, fixture->error, sizeof fixture->error);
    return fixture->dataset;
}

static void expect_refused(struct fixture *fixture, const char *what)
{
    cr_assert_null(fixture_create(fixture));
    cr_expect(strstr(fixture->error, what) != NULL, "'%s' lacks '%s'", fixture->error, what);
    cr_expect(strstr(fixture->error, "accepted") != NULL, "%s", fixture->error);
}

static int sum_is(const struct sim_dataset_sums *sums, uint64_t block, const void *data,
                  size_t length)
{
    return sums->sum[block] == sim_checksum(data, length);
}

/* Checks each sum against the bytes on the host's disk. */
static void expect_sums(const struct sim_dataset *dataset, uint64_t block)
{
    const struct sim_dataset_sums *sums = sim_dataset_sums(dataset, block);
    char path[400], data[5000];
    cr_assert_not_null(sums);
    cr_assert_eq(sums->count, (dataset->length + block - 1) / block);
    snprintf(path, sizeof path, "%s/%s", dataset->root, dataset->file_name);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    for (uint64_t i = 0; i < sums->count; i++) {
        size_t got = fread(data, 1, block, file);
        cr_assert_eq(sum_is(sums, i, data, got), 1, "block %lu of %lu bytes", i, block);
    }
    cr_assert_eq(fgetc(file), EOF);
    fclose(file);
}

Test(dataset, a_made_file_has_its_contents_and_goes_with_its_directory)
{
    struct fixture fixture;
    char root[300];
    struct stat stat_of;
    fixture_init(&fixture, "", 1234567);
    fixture.processes[2].bytes = 4096;
    struct sim_dataset *dataset = fixture_create(&fixture);
    cr_assert_not_null(dataset, "%s", fixture.error);
    cr_expect_eq(dataset->length, 1234567);
    expect_sums(dataset, 1000);
    expect_sums(dataset, 4096);
    cr_expect_null(sim_dataset_sums(dataset, 512));
    snprintf(root, sizeof root, "%s", dataset->root);
    cr_expect_eq(stat(root, &stat_of), 0);
    sim_dataset_destroy(dataset);
    cr_expect_neq(stat(root, &stat_of), 0);
}

Test(dataset, one_seed_makes_one_file)
{
    struct fixture a, b;
    fixture_init(&a, "", 10000);
    fixture_init(&b, "", 10000);
    cr_assert(fixture_create(&a) != NULL && fixture_create(&b) != NULL);
    cr_expect_str_neq(a.dataset->root, b.dataset->root);
    cr_expect_arr_eq(a.dataset->sums[0].sum, b.dataset->sums[0].sum, 10 * sizeof(uint64_t));
    sim_dataset_destroy(a.dataset);
    sim_dataset_destroy(b.dataset);
}

Test(dataset, a_users_file_is_read_where_it_is_and_stays)
{
    struct fixture fixture;
    char path[] = "/tmp/slipway-test-XX"
                  "XX"
                  "XX",
         data[2500], link[100];
    struct stat stat_of;
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    sim_sample_fill(77, 0, data, sizeof data);
    cr_assert_eq(write(fd, data, sizeof data), (ssize_t)sizeof data);
    close(fd);
    snprintf(link, sizeof link, "%s.link", path);
    cr_assert_eq(symlink(path, link), 0);

    fixture_init(&fixture, link, 0);
    struct sim_dataset *dataset = fixture_create(&fixture);
    cr_assert_not_null(dataset, "%s", fixture.error);
    cr_expect_str_eq(dataset->root, "/tmp");
    cr_expect_str_eq(dataset->file_name, path + strlen("/tmp/"));
    cr_expect_eq(dataset->length, sizeof data);
    expect_sums(dataset, 1000);
    sim_dataset_destroy(dataset);
    cr_expect_eq(stat(path, &stat_of), 0);
    unlink(link);
    unlink(path);
}

Test(dataset, without_verify_no_pass_over_the_file_is_made)
{
    struct fixture fixture;
    fixture_init(&fixture, "", 5000);
    fixture.processes[1].verify = fixture.processes[2].verify = 0;
    struct sim_dataset *dataset = fixture_create(&fixture);
    cr_assert_not_null(dataset, "%s", fixture.error);
    cr_expect_eq(dataset->sums_count, 0);
    sim_dataset_destroy(dataset);
}

Test(dataset, a_file_that_is_only_written_begins_as_zeros)
{
    struct fixture fixture;
    fixture_init(&fixture, "", 5000);
    fixture.processes[1].op = fixture.processes[2].op = SIM_OP_WRITE;
    struct sim_dataset *dataset = fixture_create(&fixture);
    cr_assert_not_null(dataset, "%s", fixture.error);
    char path[400], data[5000], zeros[5000] = {0}, written[1000];
    snprintf(path, sizeof path, "%s/%s", dataset->root, dataset->file_name);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    cr_assert_eq(fread(data, 1, sizeof data, file), sizeof data);
    fclose(file);
    cr_expect_arr_eq(data, zeros, sizeof data);
    sim_sample_fill(dataset->seed, 1000, written, sizeof written);
    cr_expect_eq(sim_dataset_sums(dataset, 1000)->sum[1], sim_checksum(written, sizeof written));
    sim_dataset_destroy(dataset);
}

Test(dataset, what_is_no_file_to_read_is_refused_with_the_reason)
{
    struct fixture fixture;
    char empty[] = "/tmp/slipway-test-XX"
                   "XX"
                   "XX",
         fifo[100];
    fixture_init(&fixture, "/no/such/file", 0);
    expect_refused(&fixture, "'/no/such/file' does not exist");
    fixture_init(&fixture, "/tmp", 0);
    expect_refused(&fixture, "'/tmp' is a directory");
    fixture_init(&fixture, "/dev/null", 0);
    expect_refused(&fixture, "'/dev/null' is no regular file");
    close(mkstemp(empty));
    fixture_init(&fixture, empty, 0);
    expect_refused(&fixture, "is empty");
    if (geteuid() != 0) {
        chmod(empty, 0);
        expect_refused(&fixture, "permission denied");
    }
    snprintf(fifo, sizeof fifo, "%s.fifo", empty);
    cr_assert_eq(mkfifo(fifo, 0600), 0);
    fixture_init(&fixture, fifo, 0);
    expect_refused(&fixture, "is no regular file");
    unlink(fifo);
    unlink(empty);
    fixture_init(&fixture, "", 0);
    expect_refused(&fixture, "device disk: neither path nor make");
}

Test(dataset, a_users_file_is_never_written)
{
    struct fixture fixture;
    fixture_init(&fixture, "/etc/passwd", 0);
    fixture.processes[2].op = SIM_OP_WRITE;
    expect_refused(&fixture, "client writes");
}

Test(dataset, a_place_that_cannot_be_written_is_told)
{
    struct fixture fixture;
    setenv("TMPDIR", "/no/such/place", 1);
    fixture_init(&fixture, "", 5000);
    cr_assert_null(fixture_create(&fixture));
    cr_expect(strstr(fixture.error, "/no/such/place") != NULL && strstr(fixture.error, "TMPDIR"),
              "%s", fixture.error);
}

Test(dataset, a_long_message_is_cut_not_overrun)
{
    struct fixture fixture;
    fixture_init(&fixture, "", 0);
    char error[16];
    memset(error, 'x', sizeof error);
    cr_assert_null(sim_dataset_create(&fixture.plan, 0, 1, error, 8));
    cr_expect_eq(strlen(error), 7);
    cr_expect_eq(error[8], 'x');
}

Test(dataset, a_process_works_on_its_own_device_or_on_that_of_its_server)
{
    struct fixture fixture;
    fixture_init(&fixture, "", 1);
    cr_expect_eq(sim_dataset_device(&fixture.plan, &fixture.processes[0]), 0);
    cr_expect_eq(sim_dataset_device(&fixture.plan, &fixture.processes[1]), 0);
    fixture.processes[0].device = UINT32_MAX;
    cr_expect_eq(sim_dataset_device(&fixture.plan, &fixture.processes[1]), UINT32_MAX);
}

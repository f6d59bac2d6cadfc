/* Opening files by paths that somebody else chose: the root is never left, in either way. */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <criterion/criterion.h>
#include "sim/device/device.h"
#include "sim/device/path.h"

/* A tree with everything in it that a path may meet. */
struct tree {
    char top[64], root[80];
    int fd;
    enum sim_path_way way;
};

static void tree_file(const struct tree *tree, const char *name, const char *text)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", tree->top, name);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

static void tree_link(const struct tree *tree, const char *to, const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", tree->top, name);
    cr_assert_eq(symlink(to, path), 0);
}

static void tree_make(struct tree *tree)
{
    char path[200];
    strcpy(tree->top, "/tmp/slipway-test-XX"
                      "XX"
                      "XX");
    cr_assert_not_null(mkdtemp(tree->top));
    snprintf(tree->root, sizeof tree->root, "%s/root", tree->top);
    cr_assert_eq(mkdir(tree->root, 0700), 0);
    snprintf(path, sizeof path, "%s/deep", tree->root);
    cr_assert_eq(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/fifo", tree->root);
    cr_assert_eq(mkfifo(path, 0600), 0);
    tree_file(tree, "secret", "secret");
    tree_file(tree, "root/plain", "plain");
    tree_file(tree, "root/deep/below", "below");
    tree_link(tree, "../secret", "root/out");
    tree_link(tree, "/etc/passwd", "root/far");
    tree_link(tree, "..", "root/deep/up");
    tree_link(tree, "../..", "root/deep/away");
    tree_link(tree, "/dev/null", "root/null");
    tree_link(tree, "plain", "root/inside");
    cr_assert_eq(sim_path_root(tree->root, &tree->fd, &tree->way), SLIP_OK);
}

static int tree_remove_one(const char *path, const struct stat *stat, int kind, struct FTW *where)
{
    (void)stat, (void)kind, (void)where;
    return remove(path);
}

static void tree_remove(struct tree *tree)
{
    close(tree->fd);
    nftw(tree->top, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Status of an open, closed again. */
static slip_status_t open_status(const struct tree *tree, enum sim_path_way way, const char *path,
                                 uint64_t flags)
{
    int fd = -1;
    slip_status_t status = sim_path_open(tree->fd, way, path, flags, &fd);
    cr_assert_eq(status == SLIP_OK, fd >= 0, "'%s'", path);
    if (fd >= 0)
        close(fd);
    return status;
}

struct path_case {
    const char *path;
    slip_status_t at_once, walk;
};

static const struct path_case path_cases[] = {
    {"plain", SLIP_OK, SLIP_OK},
    {"deep/below", SLIP_OK, SLIP_OK},
    {"inside", SLIP_OK, SLIP_REFUSED}, /* one name at a time, no link is followed */
    {"deep/up/plain", SLIP_OK, SLIP_REFUSED},
    {"missing", SLIP_NOT_FOUND, SLIP_NOT_FOUND},
    {"missing/below", SLIP_NOT_FOUND, SLIP_NOT_FOUND},
    {"plain/below", SLIP_NOT_FOUND, SLIP_NOT_FOUND},
    {"", SLIP_BAD_ARGUMENT, SLIP_BAD_ARGUMENT},
    {"/", SLIP_REFUSED, SLIP_REFUSED},
    {"/etc/passwd", SLIP_REFUSED, SLIP_REFUSED},
    {"..", SLIP_REFUSED, SLIP_REFUSED},
    {"../secret", SLIP_REFUSED, SLIP_REFUSED},
    {"deep/../plain", SLIP_REFUSED, SLIP_REFUSED},
    {"deep/../../secret", SLIP_REFUSED, SLIP_REFUSED},
    {"deep//below", SLIP_REFUSED, SLIP_REFUSED},
    {"deep/./below", SLIP_REFUSED, SLIP_REFUSED},
    {"./plain", SLIP_REFUSED, SLIP_REFUSED},
    {".", SLIP_REFUSED, SLIP_REFUSED},
    {"plain/", SLIP_REFUSED, SLIP_REFUSED},
    {"deep", SLIP_REFUSED, SLIP_REFUSED},
    {"out", SLIP_REFUSED, SLIP_REFUSED},
    {"far", SLIP_REFUSED, SLIP_REFUSED},
    {"null", SLIP_REFUSED, SLIP_REFUSED},
    {"deep/away/secret", SLIP_REFUSED, SLIP_REFUSED},
    {"fifo", SLIP_REFUSED, SLIP_REFUSED},
};

Test(path, the_root_is_never_left_and_only_files_are_opened, .timeout = 20)
{
    struct tree tree;
    tree_make(&tree);
    for (size_t i = 0; i < sizeof path_cases / sizeof *path_cases; i++) {
        const struct path_case *c = &path_cases[i];
        for (uint64_t flags = SIM_DEVICE_OPEN_READ;
             flags <= (SIM_DEVICE_OPEN_READ | SIM_DEVICE_OPEN_WRITE); flags++) {
            if (tree.way == SIM_PATH_AT_ONCE)
                cr_expect_eq(open_status(&tree, SIM_PATH_AT_ONCE, c->path, flags), c->at_once,
                             "'%s' at once, flags %lu", c->path, flags);
            cr_expect_eq(open_status(&tree, SIM_PATH_WALK, c->path, flags), c->walk,
                         "'%s' walked, flags %lu", c->path, flags);
        }
    }
    tree_remove(&tree);
}

Test(path, creating_makes_a_file_below_the_root_only, .timeout = 20)
{
    struct tree tree;
    tree_make(&tree);
    uint64_t flags = SIM_DEVICE_OPEN_WRITE | SIM_DEVICE_OPEN_CREATE;
    tree_link(&tree, "../new", "root/dangling");
    cr_expect_eq(open_status(&tree, SIM_PATH_WALK, "made", flags), SLIP_OK);
    cr_expect_eq(open_status(&tree, tree.way, "deep/made", flags), SLIP_OK);
    cr_expect_eq(open_status(&tree, tree.way, "made", SIM_DEVICE_OPEN_READ), SLIP_OK);
    cr_expect_eq(open_status(&tree, tree.way, "dangling", flags), SLIP_REFUSED);
    cr_expect_eq(open_status(&tree, SIM_PATH_WALK, "dangling", flags), SLIP_REFUSED);
    char path[100];
    snprintf(path, sizeof path, "%s/new", tree.top);
    cr_expect_neq(access(path, F_OK), 0);
    tree_remove(&tree);
}

Test(path, flags_that_mean_nothing_are_bad)
{
    struct tree tree;
    tree_make(&tree);
    static const uint64_t bad[] = {0, SIM_DEVICE_OPEN_CREATE,
                                   SIM_DEVICE_OPEN_CREATE | SIM_DEVICE_OPEN_READ, 8, UINT64_MAX};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_eq(open_status(&tree, tree.way, "plain", bad[i]), SLIP_BAD_ARGUMENT);
    tree_remove(&tree);
}

Test(path, a_name_that_is_too_long_is_bad)
{
    struct tree tree;
    tree_make(&tree);
    char name[301];
    memset(name, 'x', 300);
    name[300] = 0;
    cr_expect_eq(open_status(&tree, tree.way, name, SIM_DEVICE_OPEN_READ), SLIP_BAD_ARGUMENT);
    cr_expect_eq(open_status(&tree, SIM_PATH_WALK, name, SIM_DEVICE_OPEN_READ), SLIP_BAD_ARGUMENT);
    tree_remove(&tree);
}

Test(path, a_root_must_be_a_directory)
{
    int fd;
    enum sim_path_way way;
    cr_expect_eq(sim_path_root("/etc/passwd", &fd, &way), SLIP_NOT_FOUND);
    cr_expect_eq(sim_path_root("/no/such/place", &fd, &way), SLIP_NOT_FOUND);
}

/* The devices of a scenario. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <lauxlib.h>
#include "sim/device/device.h"
#include "sim/scenario/build.h"

#define MAKE_BYTES_DEFAULT ((int64_t)64 << 20)
#define MAKE_BYTES_MAX ((int64_t)1 << 40)
#define TIME_MAX_NS INT64_C(3600000000000)
#define POLL_MIN_NS 100
#define CHANNELS_MAX 65536
#define BANDWIDTH_MAX INT64_C(1000000000000)

/* What is wrong with a file as a device's content, or NULL. Opening is the one honest test of a
 * permission; without waiting, for the path may be a pipe. */
static const char *file_trouble(const char *path)
{
    struct stat status;
    const char *trouble = NULL;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return strerror(errno);
    if (fstat(file, &status) != 0)
        trouble = strerror(errno);
    else if (S_ISDIR(status.st_mode))
        trouble = "Is a directory";
    else if (!S_ISREG(status.st_mode))
        trouble = "Is no regular file";
    else if (status.st_size == 0)
        trouble = "Is empty";
    close(file);
    return trouble;
}

static void read_file(const struct sim_fields *fields, struct sim_plan_device *device)
{
    device->path = sim_fields_text(fields, "path");
    device->make_bytes = (uint64_t)sim_fields_number(fields, "make", MAKE_BYTES_DEFAULT, 1,
                                                     MAKE_BYTES_MAX, SIM_UNIT_BYTES);
    if (device->path == NULL)
        device->path = "";
    const char *trouble = device->path[0] != 0 ? file_trouble(device->path) : NULL;
    if (trouble != NULL)
        sim_fields_fail(fields, "path",
                        "%s: %s; accepted is a file that can be read and is not "
                        "empty, or \"\" to have one made",
                        device->path, trouble);
}

static void read_disk(const struct sim_fields *fields, struct sim_plan_device *device)
{
    device->tuned = sim_fields_type(fields, "service") != LUA_TNIL;
    device->service = sim_fields_value(fields, "service", 0, 0, TIME_MAX_NS, SIM_UNIT_TIME, 1);
    device->channels =
        (uint32_t)sim_fields_number(fields, "channels", 0, 1, CHANNELS_MAX, SIM_UNIT_NONE);
    device->bytes_per_s =
        sim_fields_number(fields, "bandwidth", -1, 0, BANDWIDTH_MAX, SIM_UNIT_BYTES);
    device->poll_ns =
        (uint64_t)sim_fields_number(fields, "poll", 0, POLL_MIN_NS, TIME_MAX_NS, SIM_UNIT_TIME);
}

static void read_timer(const struct sim_fields *fields, struct sim_plan_device *device)
{
    device->path = "";
    device->period_ns =
        (uint64_t)sim_fields_number(fields, "period", 0, 0, TIME_MAX_NS, SIM_UNIT_TIME);
    device->first_ns = (uint64_t)sim_fields_number(fields, "first", (int64_t)device->period_ns, 0,
                                                   TIME_MAX_NS, SIM_UNIT_TIME);
    if (device->period_ns == 0 && device->first_ns == 0)
        sim_fields_fail(fields, NULL,
                        "needs a time: period = 1*ms for a tick each so often, or first = 1*ms for "
                        "a single one");
}

static void build_device(struct sim_builder *builder, const struct sim_fields *all,
                         const char *name, struct sim_plan_device *device)
{
    static const char *const of_host[] = {"kind", "path", "make"};
    static const char *const of_disk[] = {"kind",     "path",      "make", "service",
                                          "channels", "bandwidth", "poll", "interrupt_cpu"};
    static const char *const of_timer[] = {"kind", "period", "first", "interrupt_cpu"};
    static const char *const kinds[] = {"file", "host_file", "disk", "timer"};
    lua_State *L = builder->L;
    lua_getfield(L, all->index, name);
    if (!lua_istable(L, -1))
        sim_fields_fail(all, name, "'%s' is no table: { kind = \"file\", path = p.file, make = n }",
                        name);
    sim_build_name(all, name, name);
    struct sim_fields fields = sim_fields_open(L, builder->script, -1, all, name,
                                               sim_build_text(builder, "device '%s'", name));
    device->name = name;
    uint32_t kind = sim_fields_choice(&fields, "kind", 4, kinds, 4);
    if (kind == 4)
        sim_fields_fail(&fields, NULL, "needs a kind: accepted: file, host_file, disk, timer");
    device->kind = kinds[kind];
    device->cpu = (uint32_t)sim_fields_number(&fields, "interrupt_cpu", SLIP_CPU_ANY, 0,
                                              (int64_t)builder->plan->cpus - 1, SIM_UNIT_NONE);
    if (kind == 3) {
        sim_fields_only(&fields, of_timer, 4);
        read_timer(&fields, device);
    } else if (kind == 1) {
        sim_fields_only(&fields, of_host, 3);
        read_file(&fields, device);
    } else {
        sim_fields_only(&fields, of_disk, 8);
        read_file(&fields, device);
        read_disk(&fields, device);
    }
    lua_pop(L, 1);
}

void sim_build_devices(struct sim_builder *builder)
{
    lua_State *L = builder->L;
    const char **names;
    int type = lua_getfield(L, builder->root.index, "devices");
    if (type == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    if (type != LUA_TTABLE)
        sim_fields_fail(&builder->root, "devices", "devices is a table: { name = { ... } }");
    struct sim_fields all =
        sim_fields_open(L, builder->script, -1, &builder->root, "devices", "devices");
    uint32_t count = sim_fields_keys(&all, &names, SIM_PLAN_ENTRIES_MAX);
    builder->devices = sim_loader_take(L, builder->script, count * sizeof *builder->devices + 1);
    for (uint32_t i = 0; i < count; i++)
        build_device(builder, &all, names[i], &builder->devices[i]);
    builder->plan->devices = builder->devices;
    builder->plan->device_count = count;
    lua_pop(L, 1);
}

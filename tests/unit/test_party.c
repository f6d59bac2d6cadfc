/* What the library does for every design: depth, counts, ownership. The design here is a mirror in
 * its own party, so that nothing but the library is tested. */
#include <string.h>
#include <criterion/criterion.h>
#include <slipway/design.h>

struct mirror {
    struct sim_event events[8];
    uint32_t count;
    int served, left;
};
struct mirror_link {
    uint64_t submitted;
};

static int leaves; /* in the program, for the party's own state is gone when it is looked at */

static slip_status_t mirror_serve(struct sim_party *party, slip_handle_t endpoint)
{
    struct mirror *mirror = party->state;
    if (endpoint == 13)
        return SLIP_BAD_HANDLE;
    mirror->served = 1;
    party->wait_object = endpoint;
    return SLIP_OK;
}

static slip_status_t mirror_connect(struct sim_party *party, slip_handle_t endpoint, uint32_t depth,
                                    struct sim_link *link)
{
    (void)party;
    return endpoint == 13 || link->depth != depth ? SLIP_NO_RIGHT : SLIP_OK;
}

static slip_status_t mirror_submit(struct sim_link *link, const struct sim_operation *operation)
{
    struct mirror *mirror = link->party->state;
    struct mirror_link *state = link->state;
    if (operation->word[0] == 13)
        return SLIP_FULL;
    state->submitted++;
    mirror->events[mirror->count++] =
        (struct sim_event){.kind = SIM_COMPLETION, .link = link, .key = operation->key};
    return SLIP_OK;
}

static slip_status_t mirror_next(struct sim_party *party, struct sim_event *events, uint32_t max,
                                 slip_time_t deadline, uint32_t *count)
{
    struct mirror *mirror = party->state;
    (void)deadline;
    *count = mirror->count < max ? mirror->count : max;
    memcpy(events, mirror->events, *count * sizeof *events);
    memmove(mirror->events, mirror->events + *count, (mirror->count - *count) * sizeof *events);
    mirror->count -= *count;
    return *count > 0 ? SLIP_OK : SLIP_WOULD_BLOCK;
}

static slip_status_t mirror_reply(struct sim_party *party, uint64_t request, slip_status_t status,
                                  uint64_t result)
{
    (void)party;
    (void)status;
    (void)result;
    return request == 1 ? SLIP_OK : SLIP_STALE;
}

static void mirror_leave(struct sim_party *party)
{
    (void)party;
    leaves++;
}

static const struct sim_design mirror_design = {
    .version = SIM_DESIGN_VERSION,
    .size = sizeof(struct sim_design),
    .name = "mirror",
    .party_size = sizeof(struct mirror),
    .link_size = sizeof(struct mirror_link),
    .serve = mirror_serve,
    .connect = mirror_connect,
    .submit = mirror_submit,
    .next = mirror_next,
    .reply = mirror_reply,
    .leave = mirror_leave,
};

/* The first line that failed inside of the simulated thread; 0: all held. */
static int wrong_line;
#define HOLDS(what)                                                                                \
    do {                                                                                           \
        if (!(what) && wrong_line == 0)                                                            \
            wrong_line = __LINE__;                                                                 \
    } while (0)

static void run(void (*root)(void))
{
    struct sim_options options = {.machine = "scripted"};
    wrong_line = leaves = 0;
    cr_assert_eq(sim_run(&options, root), 0);
    cr_assert_eq(wrong_line, 0, "line %d", wrong_line);
}

static void depth_root(void)
{
    struct sim_party party;
    struct sim_link *link, *other;
    struct sim_event events[8];
    uint32_t count;
    HOLDS(sim_party_init(&party, &mirror_design) == SLIP_OK);
    HOLDS(sim_party_connect(&party, 1, 2, &link) == SLIP_OK);
    HOLDS(sim_party_connect(&party, 1, 1, &other) == SLIP_OK);
    HOLDS(link->index == 0 && other->index == 1 && party.links == other);
    struct sim_operation operation = {.key = 7};
    HOLDS(sim_link_submit(link, &operation) == SLIP_OK);
    HOLDS(sim_link_submit(link, &operation) == SLIP_OK);
    HOLDS(sim_link_submit(link, &operation) == SLIP_NO_SLOT);
    HOLDS(sim_link_submit(other, &operation) == SLIP_OK); /* each link has a depth of its own */
    HOLDS(sim_party_next(&party, events, 2, 0, &count) == SLIP_OK && count == 2);
    HOLDS(link->outstanding == 0 && other->outstanding == 1);
    HOLDS(party.completed == 2);
    HOLDS(sim_link_submit(link, &operation) == SLIP_OK);
    /* What the design refused does not count. */
    operation.word[0] = 13;
    HOLDS(sim_link_submit(link, &operation) == SLIP_FULL && link->outstanding == 1);
    sim_party_fini(&party);
    HOLDS(leaves == 1);
    sim_party_fini(&party); /* again is nothing */
    HOLDS(leaves == 1);
}

Test(party, a_link_takes_as_many_operations_as_its_depth)
{
    run(depth_root);
}

static void wrong_root(void)
{
    struct sim_party party;
    struct sim_link *link = NULL;
    struct sim_event event;
    uint32_t count = 9;
    HOLDS(sim_party_init(&party, &mirror_design) == SLIP_OK);
    HOLDS(sim_party_device(&party, 1, 1) == SLIP_BAD_ARGUMENT); /* waits at nothing yet */
    HOLDS(sim_party_serve(&party, 13) == SLIP_BAD_HANDLE);
    HOLDS(sim_party_serve(&party, 5) == SLIP_OK && party.endpoint == 5);
    HOLDS(sim_party_serve(&party, 6) == SLIP_ALREADY && party.endpoint == 5);
    HOLDS(sim_party_connect(&party, 1, 0, &link) == SLIP_BAD_ARGUMENT && link == NULL);
    HOLDS(sim_party_connect(&party, 13, 1, &link) == SLIP_NO_RIGHT && party.links == NULL);
    HOLDS(sim_party_connect(&party, 1, 1, &link) == SLIP_OK && link->index == 0);
    struct sim_operation operation = {.words = SIM_OPERATION_WORDS + 1};
    HOLDS(sim_link_submit(link, &operation) == SLIP_BAD_ARGUMENT && link->outstanding == 0);
    HOLDS(sim_link_cancel(link, 1) == SLIP_BAD_OPERATION); /* the design cannot */
    HOLDS(sim_party_next(&party, &event, 0, 0, &count) == SLIP_BAD_ARGUMENT && count == 0);
    HOLDS(sim_party_next(&party, &event, 1, 0, &count) == SLIP_WOULD_BLOCK && count == 0);
    HOLDS(sim_party_reply(&party, 2, SLIP_OK, 0) == SLIP_STALE);
    sim_party_fini(&party);
}

Test(party, what_is_wrong_is_refused_and_changes_nothing)
{
    run(wrong_root);
}

static void region_root(void)
{
    slip_handle_t handle;
    void *memory;
    char text[8] = "abcdefg", got[8] = "";
    HOLDS(slip_buffer_create(4096, &handle, &memory) == SLIP_OK);
    struct sim_region region = {SIM_REGION_BUFFER, handle, 100, 8, SLIP_LEND_READ};
    HOLDS(sim_region_write(&region, 0, text, 8) == SLIP_OK);
    HOLDS(memcmp((char *)memory + 100, text, 8) == 0);
    HOLDS(sim_region_read(&region, 4, got, 4) == SLIP_OK && memcmp(got, "efg", 4) == 0);
    HOLDS(sim_region_read(&region, 4, got, 5) == SLIP_BAD_ARGUMENT);
    HOLDS(sim_region_read(&region, 9, got, 0) == SLIP_BAD_ARGUMENT);
    HOLDS(sim_region_write(&region, UINT64_MAX, text, 2) == SLIP_BAD_ARGUMENT);
    struct sim_region none = {.kind = SIM_REGION_NONE};
    HOLDS(sim_region_read(&none, 0, got, 0) == SLIP_OK);
    HOLDS(sim_region_read(&none, 0, got, 1) == SLIP_BAD_ARGUMENT);
    struct sim_region request = {SIM_REGION_REQUEST, 77, 0, 8, SLIP_LEND_READ};
    HOLDS(sim_region_read(&request, 0, got, 1) == SLIP_STALE);
}

Test(party, regions_reach_no_further_than_they_are_long)
{
    run(region_root);
}

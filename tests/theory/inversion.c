/* Priority inversion, to the nanosecond, at zero cost of IPC and on one CPU.
 *
 *   0        low asks the server for HOLD of its work
 *   EARLY    high asks it for SERVICE
 *   LATER    middle computes for WORK, then asks for SERVICE as well
 *
 * The server's own priority is the lowest of all, so what it runs at is what it inherits.
 *
 *   inherited      low's request until HOLD, high's, then middle's own work, and middle's request.
 *                  Low, which was answered at HOLD, goes on when nobody else wants the CPU.
 *   not inherited  middle's own work comes as soon as it begins; what is left of low's request is done
 *                  when middle waits, and then high's request, then middle's.
 *
 * With a second server behind the first, which does the work and is as low, nothing changes: priority
 * goes along the chain.
 */
#include <slipway/sim.h>
#include <slipway/slipway.h>
#include <stdio.h>
#include "tests/theory/theory.h"

#define US 1000U
#define HOLD (100 * US)
#define SERVICE (20 * US)
#define WORK (1000 * US)
#define EARLY (30 * US)
#define LATER (40 * US)

enum { SERVER = 10, LOW = 50, MIDDLE = 100, HIGH = 200 };

struct scene {
    uint32_t servers;
    slip_handle_t endpoint[2];
    slip_time_t start;
    slip_time_t high, middle, low; /* when each was done, since start */
    int failed;
};

/* The last server does what a request asks for; one before it has it done. */
static void server(uint64_t number)
{
    struct scene *scene = sim_argument();
    struct slip_message m, onward;
    slip_status_t status = slip_endpoint_wait(scene->endpoint[number], &m, SLIP_NEVER);
    while (status == SLIP_OK) {
        if (number + 1 == scene->servers) {
            slip_thread_compute(m.word[0]);
        } else {
            onward = (struct slip_message){.word = {m.word[0]}, .words = 1};
            scene->failed |= slip_endpoint_call(scene->endpoint[number + 1], &onward, NULL, NULL,
                                                SLIP_NEVER) != SLIP_OK;
        }
        status = slip_endpoint_reply_wait(scene->endpoint[number], m.request, SLIP_OK, 0, &m,
                                          SLIP_NEVER);
    }
}

static slip_time_t ask(struct scene *scene, slip_time_t work)
{
    struct slip_message m = {.word = {work}, .words = 1};
    scene->failed |= slip_endpoint_call(scene->endpoint[0], &m, NULL, NULL, SLIP_NEVER) != SLIP_OK;
    return slip_clock_now() - scene->start;
}

static void low(uint64_t argument)
{
    struct scene *scene = sim_argument();
    (void)argument;
    slip_thread_sleep_until(scene->start);
    scene->low = ask(scene, HOLD);
}

static void middle(uint64_t argument)
{
    struct scene *scene = sim_argument();
    (void)argument;
    slip_thread_sleep_until(scene->start + LATER);
    slip_thread_compute(WORK);
    scene->middle = ask(scene, SERVICE);
}

static void high(uint64_t argument)
{
    struct scene *scene = sim_argument();
    (void)argument;
    slip_thread_sleep_until(scene->start + EARLY);
    scene->high = ask(scene, SERVICE);
}

static void begin(struct scene *scene, void (*entry)(uint64_t), uint64_t argument,
                  uint32_t priority)
{
    scene->failed |= slip_thread_start(SLIP_SELF, entry, argument, priority, 0, NULL) != SLIP_OK;
}

static void root(void)
{
    struct scene *scene = sim_argument();
    scene->start = slip_clock_now() + 1000 * US;
    for (uint32_t i = 0; i < scene->servers; i++) {
        scene->failed |= slip_endpoint_create(0, &scene->endpoint[i]) != SLIP_OK;
        begin(scene, server, i, SERVER);
    }
    begin(scene, low, 0, LOW);
    begin(scene, middle, 0, MIDDLE);
    begin(scene, high, 0, HIGH);
    slip_thread_sleep_until(scene->start + 10 * WORK);
    slip_process_exit(0);
}

static void expect(uint32_t servers, const char *kernel, slip_time_t high_done,
                   slip_time_t middle_done, slip_time_t low_done)
{
    struct scene scene = {.servers = servers};
    struct sim_bills bills;
    const struct theory_program program = {root, &scene, 1, "free", kernel};
    theory_run(&program, &bills);
    THEORY_EXPECT(!scene.failed, "%u servers, %s: a call failed", servers, kernel);
    THEORY_EXPECT(scene.high == high_done && scene.middle == middle_done && scene.low == low_done,
                  "%u servers, %s: high, middle, low are done at %lu, %lu, %lu ns", servers, kernel,
                  scene.high, scene.middle, scene.low);
    printf("| %u server%s, %-15s | %4lu us | %4lu us | %4lu us |\n", servers,
           servers == 1 ? "" : "s in a chain", kernel, scene.high / US, scene.middle / US,
           scene.low / US);
}

int main(void)
{
    for (uint32_t servers = 1; servers <= 2; servers++) {
        expect(servers, "inherit=inherit", HOLD + SERVICE, HOLD + SERVICE + WORK + SERVICE,
               HOLD + SERVICE + WORK + SERVICE);
        expect(servers, "inherit=none", WORK + HOLD + SERVICE, WORK + HOLD + 2 * SERVICE,
               WORK + HOLD);
    }
    return theory_end();
}

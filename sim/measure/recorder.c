#include "sim/measure/recorder.h"

#include "sim/measure/window.h"

slip_time_t sim_recorder_now(const struct sim_recorder *recorder)
{
    const struct slip_machine *machine = recorder->window->machine;
    return machine->ops->now(machine->context);
}

void sim_recorder_begin(struct sim_recorder *recorder, slip_time_t now)
{
    recorder->first = now;
    sim_window_open(recorder->window, now);
}

void sim_recorder_operation(struct sim_recorder *recorder, slip_time_t submitted,
                            slip_time_t completed)
{
    sim_histogram_add(&recorder->response, completed - submitted);
    /* One writer; others read it while the run goes on, relaxed. */
    __atomic_store_n(&recorder->measured, recorder->measured + 1, __ATOMIC_RELAXED);
    recorder->last = completed;
}

void sim_recorder_in_time(struct sim_recorder *recorder)
{
    recorder->in_time++;
}

void sim_recorder_end(struct sim_recorder *recorder, slip_time_t now)
{
    sim_window_leave(recorder->window, now);
}

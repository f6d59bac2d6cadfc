#include "sim/measure/recorder.h"

#include "sim/measure/window.h"

void sim_recorder_begin(struct sim_recorder *recorder, slip_time_t now)
{
    recorder->first = now;
    sim_window_open(recorder->window, now);
}

void sim_recorder_operation(struct sim_recorder *recorder, slip_time_t submitted,
                            slip_time_t completed, int in_time)
{
    sim_histogram_add(&recorder->response, completed - submitted);
    recorder->measured++;
    if (in_time)
        recorder->in_time++;
    recorder->last = completed;
}

void sim_recorder_end(struct sim_recorder *recorder, slip_time_t now)
{
    sim_window_leave(recorder->window, now);
}

/* The loops of sim/measure/calibrate_loop.h that take two threads, on one CPU or on two: roots, whose
 * argument is a struct sim_loop_slice. */
#ifndef SIM_MEASURE_CALIBRATE_PAIR_H
#define SIM_MEASURE_CALIBRATE_PAIR_H

/* On one CPU. */
void sim_pair_yield(void);
void sim_pair_ports(void);
void sim_pair_ports_timed(void);
void sim_pair_call_8(void);
void sim_pair_call_64(void);
void sim_pair_call_spaces(void);

/* On two. */
void sim_pair_call_cpus(void);
void sim_pair_post_busy(void);
void sim_pair_preempt(void);
void sim_pair_wake_sleeper(void);
void sim_pair_timer(void);

#endif

/* Whoever interrupts a verb that takes its time. */
#ifndef SIM_CLI_SIGNALS_H
#define SIM_CLI_SIGNALS_H

/* From the first on, SIGINT, SIGTERM and SIGHUP end a run at an operation's end, and are noted for the
 * verb, which asks before it begins another one; the third of them ends the program at once. What
 * whoever started us ignores stays ignored, as under nohup. A reader of stderr that goes away does not
 * take the run and its files with it. The second puts all back as it was. Not nested. */
void sim_cli_watch_signals(void);
void sim_cli_drop_signals(void);

/* 1 after one of them. ANY. */
int sim_cli_stopped(void);

#endif

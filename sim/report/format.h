/* Figures as people read them: three significant digits and an SI prefix. Pure functions; each
 * writes into the caller's buffer of SIM_FORMAT_BYTES and returns it, so that it can stand among
 * the arguments of a print. A figure that is not known (NaN) is written "-".
 */
#ifndef SIM_REPORT_FORMAT_H
#define SIM_REPORT_FORMAT_H

#include <stdint.h>

#define SIM_FORMAT_BYTES 32

/* 61234 is "61.2k". */
char *sim_format_count(double value, char *out);
/* A range in the prefix of its upper end: "59.8-62.4k". */
char *sim_format_range(double low, double high, char *out);
/* 12400 nanoseconds are "12.4us". */
char *sim_format_time(double nanoseconds, char *out);
/* Bytes in decimal prefixes, for what is counted: "4.10 kB". */
char *sim_format_bytes(double bytes, char *out);
/* Per operation: "2.00", "0.063", "12.4", "4.1k". */
char *sim_format_ratio(double value, char *out);
/* A share of one: "42%", "0.3%". */
char *sim_format_share(double share, char *out);
/* Seconds as a clock shows them: "4s", "1m 05s". */
char *sim_format_clock(double seconds, char *out);

#endif

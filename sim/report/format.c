#include "sim/report/format.h"

#include <math.h>
#include <stdio.h>

/* Three significant digits of a value below 1000. */
static int digits(double value)
{
    return value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
}

/* The prefix for a value: what it is divided by, and its sign. Rounding decides: 999.6 is 1.00k. */
static double scale(double value, uint32_t *prefix)
{
    double unit = 1;
    *prefix = 0;
    while (fabs(value) / unit >= 999.5 && *prefix < 5) {
        unit *= 1000;
        (*prefix)++;
    }
    return unit;
}

static const char *const prefixes[] = {"", "k", "M", "G", "T", "P"};

char *sim_format_count(double value, char *out)
{
    if (isnan(value)) {
        snprintf(out, SIM_FORMAT_BYTES, "-");
        return out;
    }
    uint32_t prefix;
    double unit = scale(value, &prefix);
    /* A small whole number stays whole. */
    int whole = prefix == 0 && value == floor(value);
    snprintf(out, SIM_FORMAT_BYTES, "%.*f%s", whole ? 0 : digits(fabs(value) / unit), value / unit,
             prefixes[prefix]);
    return out;
}

char *sim_format_range(double low, double high, char *out)
{
    if (isnan(low) || isnan(high)) {
        snprintf(out, SIM_FORMAT_BYTES, "-");
        return out;
    }
    uint32_t prefix;
    double unit = scale(high, &prefix);
    int places = digits(fabs(high) / unit);
    snprintf(out, SIM_FORMAT_BYTES, "%.*f-%.*f%s", places, low / unit, places, high / unit,
             prefixes[prefix]);
    return out;
}

char *sim_format_time(double nanoseconds, char *out)
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    if (isnan(nanoseconds)) {
        snprintf(out, SIM_FORMAT_BYTES, "-");
        return out;
    }
    uint32_t unit = 0;
    while (unit < 3 && fabs(nanoseconds) >= 999.5) {
        nanoseconds /= 1000;
        unit++;
    }
    int places = unit == 0 ? 0 : digits(fabs(nanoseconds));
    snprintf(out, SIM_FORMAT_BYTES, "%.*f%s", places, nanoseconds, units[unit]);
    return out;
}

char *sim_format_bytes(double bytes, char *out)
{
    if (isnan(bytes)) {
        snprintf(out, SIM_FORMAT_BYTES, "-");
        return out;
    }
    uint32_t prefix;
    double unit = scale(bytes, &prefix);
    snprintf(out, SIM_FORMAT_BYTES, "%.*f %sB", prefix == 0 ? 0 : digits(fabs(bytes) / unit),
             bytes / unit, prefixes[prefix]);
    return out;
}

char *sim_format_ratio(double value, char *out)
{
    if (isnan(value))
        snprintf(out, SIM_FORMAT_BYTES, "-");
    else if (value == 0)
        snprintf(out, SIM_FORMAT_BYTES, "0");
    else if (fabs(value) >= 999.5)
        sim_format_count(value, out);
    else if (fabs(value) < 0.0995)
        snprintf(out, SIM_FORMAT_BYTES, "%.3f", value);
    else
        snprintf(out, SIM_FORMAT_BYTES, "%.*f", digits(fabs(value)), value);
    return out;
}

char *sim_format_share(double share, char *out)
{
    if (isnan(share))
        snprintf(out, SIM_FORMAT_BYTES, "-");
    else
        snprintf(out, SIM_FORMAT_BYTES, "%.*f%%", share < 0.0995 && share > 0 ? 1 : 0, share * 100);
    return out;
}

char *sim_format_clock(double seconds, char *out)
{
    if (isnan(seconds) || seconds < 0)
        snprintf(out, SIM_FORMAT_BYTES, "-");
    else if (seconds < 9.95)
        snprintf(out, SIM_FORMAT_BYTES, "%.1fs", seconds);
    else if (seconds < 59.5)
        snprintf(out, SIM_FORMAT_BYTES, "%.0fs", seconds);
    else
        snprintf(out, SIM_FORMAT_BYTES, "%.0fm %02.0fs", floor((seconds + 0.5) / 60),
                 floor(fmod(seconds + 0.5, 60)));
    return out;
}

#include <slipway/clock.h>

#include <stdarg.h>
#include <stdio.h>

slip_status_t slip_debug_print(const char *format, ...)
{
    char text[SLIP_PRINT_BYTES_MAX + 1];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return SLIP_BAD_ARGUMENT;
    return slip_debug_write(text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

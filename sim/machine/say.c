#include "sim/machine/say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void sim_write_all(int file, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(file, text, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) /* nobody is left to tell it to */
            return;
        text += written;
        length -= (size_t)written;
    }
}

static int console = STDOUT_FILENO;

void sim_console_to(int file)
{
    console = file;
}

void sim_console_write(const char *text, size_t length)
{
    sim_write_all(console, text, length);
}

void sim_say(const char *format, ...)
{
    char text[1000];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length > 0)
        sim_write_all(STDERR_FILENO, text,
                      (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

#include "sim/cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sim/cli/options.h"

#define DOCUMENT_BYTES_MAX ((size_t)256 << 20)

int sim_output_open(struct sim_output *output, const char *path)
{
    *output = (struct sim_output){path, -1, 0};
    if (path == NULL)
        return 0;
    output->made = access(path, F_OK) != 0;
    /* A pipe that nobody reads is refused rather than waited for. */
    output->file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
    if (output->file < 0)
        return sim_cli_wrong("-o %s: cannot write there: %s", path, strerror(errno));
    fcntl(output->file, F_SETFL, 0);
    return 0;
}

static int write_all(int file, const char *text, size_t bytes)
{
    while (bytes > 0) {
        ssize_t wrote = write(file, text, bytes);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return -1;
        text += wrote;
        bytes -= (size_t)wrote;
    }
    return 0;
}

int sim_output_write(struct sim_output *output, const char *text)
{
    if (output->file < 0)
        return 0;
    struct stat info;
    int regular = fstat(output->file, &info) == 0 && S_ISREG(info.st_mode);
    int failed = regular && ftruncate(output->file, 0) != 0;
    failed = failed || write_all(output->file, text, strlen(text)) != 0;
    failed = failed || write_all(output->file, "\n", 1) != 0;
    int cause = errno;
    if (close(output->file) != 0 && !failed) {
        failed = 1;
        cause = errno;
    }
    output->file = -1;
    if (!failed)
        return 0;
    sim_cli_wrong("-o %s: %s", output->path, strerror(cause));
    return SIM_EXIT_FAILED;
}

void sim_output_drop(struct sim_output *output)
{
    if (output->file < 0)
        return;
    close(output->file);
    output->file = -1;
    if (output->made)
        unlink(output->path);
}

/* The contents of an open file, whatever it is: a pipe has no length. */
static char *read_all(FILE *file, size_t *bytes)
{
    size_t room = 65536;
    char *text = malloc(room);
    *bytes = 0;
    while (text != NULL) {
        *bytes += fread(text + *bytes, 1, room - *bytes - 1, file);
        if (*bytes + 1 < room || room >= DOCUMENT_BYTES_MAX)
            break;
        char *more = realloc(text, room * 2);
        if (more == NULL)
            free(text);
        text = more;
        room *= 2;
    }
    if (text != NULL)
        text[*bytes] = 0;
    return text;
}

char *sim_output_read(const char *path, size_t *bytes)
{
    errno = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        sim_cli_wrong("%s: cannot read it: %s; accepted: a file that -o or --json wrote", path,
                      strerror(errno));
        return NULL;
    }
    char *text = read_all(file, bytes);
    int failed = ferror(file), cause = errno;
    fclose(file);
    if (text != NULL && !failed && *bytes > 0)
        return text;
    if (text == NULL)
        sim_cli_wrong("%s: no memory to read it", path);
    else if (failed)
        sim_cli_wrong("%s: cannot read it: %s; accepted: a file that -o or --json wrote", path,
                      strerror(cause));
    else
        sim_cli_wrong("%s: it is empty; accepted: a file that -o or --json wrote", path);
    free(text);
    return NULL;
}

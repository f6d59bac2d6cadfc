/* The kernel's own: pipes, and sockets that keep messages apart. */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench/harness/bench.h"
#include "bench/peer/pair.h"

static int ends[2][2]; /* by the side that writes: where it reads from, where it writes to */

static double open_pipes(uint32_t bytes)
{
    (void)bytes;
    return pipe(ends[0]) == 0 && pipe(ends[1]) == 0 ? 0 : BENCH_FAILED;
}

static double open_seqpacket(uint32_t bytes)
{
    int pair[2];
    (void)bytes;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0)
        return BENCH_FAILED;
    ends[0][1] = pair[0];
    ends[0][0] = pair[1];
    ends[1][1] = dup(pair[1]);
    ends[1][0] = dup(pair[0]);
    return 0;
}

static void close_ends(void)
{
    for (int i = 0; i < 4; i++)
        close(ends[i / 2][i % 2]);
}

static void send_all(int side, const void *message, uint32_t bytes)
{
    for (uint32_t done = 0; done < bytes;) {
        ssize_t more = write(ends[side][1], (const char *)message + done, bytes - done);
        if (more <= 0)
            abort();
        done += (uint32_t)more;
    }
}

static void receive_all(int side, void *message, uint32_t bytes)
{
    for (uint32_t done = 0; done < bytes;) {
        ssize_t more = read(ends[!side][0], (char *)message + done, bytes - done);
        if (more <= 0)
            abort();
        done += (uint32_t)more;
    }
}

const struct peer_transport peer_pipe = {"pipe", open_pipes, close_ends, send_all, receive_all};
const struct peer_transport peer_seqpacket = {"unix seqpacket", open_seqpacket, close_ends,
                                              send_all, receive_all};

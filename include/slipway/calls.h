/* The table of system calls: one X-macro, from which come the numbers, the kernel's dispatch, the
 * trace names and the table that `slipway abi` prints.
 *
 * A call takes its number and at most six argument registers, and returns a status and at most
 * three registers. An argument that packs several values lists them after a colon, lowest bits
 * first. The deadline is always the last register.
 */
#ifndef SLIPWAY_CALLS_H
#define SLIPWAY_CALLS_H

/* X(name, number, arguments, results): arguments and results are separated by ", ". */
#define SLIP_CALL_MAP(X)                                                                           \
    X(endpoint_create, 1, "depth", "handle")                                                       \
    X(endpoint_connect, 2, "endpoint, port, badge", "handle")                                      \
    X(endpoint_send, 3, "endpoint, tag:length 20|handles 4|lends 4|flags 4, message, deadline",    \
      "")                                                                                          \
    X(endpoint_submit, 4,                                                                          \
      "connection, tag:length 20|handles 4|lends 4|flags 4, message, lend, key, deadline",         \
      "request")                                                                                   \
    X(endpoint_call, 5,                                                                            \
      "endpoint, tag:length 20|handles 4|lends 4|flags 4, message, lend, deadline",                \
      "result, -, got:length 20|handles 4")                                                        \
    X(endpoint_wait, 6, "endpoint, message, deadline",                                             \
      "badge, request, got:length 20|handles 4|lends 4|- 4|flags 32")                              \
    X(endpoint_receive, 7, "endpoint, message, kind, from, deadline",                              \
      "badge, request, got:length 20|handles 4|lends 4|- 4|flags 32")                              \
    X(endpoint_reply_wait, 8,                                                                      \
      "endpoint, request, tag:length 20|handles 4|- 8|status 32, result, message, deadline",       \
      "badge, request, got:length 20|handles 4|lends 4|- 4|flags 32")                              \
    X(request_reply, 9, "request, tag:length 20|handles 4|- 8|status 32, result, message", "")     \
    X(request_cancel, 10, "request", "")                                                           \
    X(request_read, 11, "request, lend, offset, address, length", "")                              \
    X(request_write, 12, "request, lend, offset, address, length", "")                             \
    X(request_pass, 13, "request, endpoint", "")                                                   \
    X(port_create, 14, "depth", "handle")                                                          \
    X(port_post, 15, "port, key, status, result", "")                                              \
    X(port_wait, 16, "port, completions, count:least 32|most 32, deadline", "count")               \
    X(port_cancel, 17, "port, key, flags", "count")                                                \
    X(port_attach, 18, "port, endpoint, key, mode", "")                                            \
    X(port_detach, 19, "port, endpoint", "withdrawn")                                              \
    X(interrupt_create, 20, "line", "handle")                                                      \
    X(interrupt_bind, 21, "interrupt, target, key", "")                                            \
    X(interrupt_unbind, 22, "interrupt", "withdrawn")                                              \
    X(interrupt_acknowledge, 23, "interrupt", "")                                                  \
    X(buffer_create, 24, "length", "handle, address")                                              \
    X(buffer_register, 25, "address, length", "handle")                                            \
    X(buffer_unregister, 26, "buffer, deadline", "")                                               \
    X(buffer_share, 27, "buffer, rights", "handle")                                                \
    X(buffer_revoke, 28, "buffer, deadline", "")                                                   \
    X(buffer_read, 29, "buffer, offset, address, length", "")                                      \
    X(buffer_write, 30, "buffer, offset, address, length", "")                                     \
    X(handle_duplicate, 31, "handle, rights, badge", "handle")                                     \
    X(handle_close, 32, "handle", "")                                                              \
    X(handle_start, 33, "", "handle")                                                              \
    X(process_create, 34, "name, length, quota", "handle")                                         \
    X(process_start, 35, "process, entry, handle, placement:priority 16|- 16|cpu 32", "")          \
    X(process_kill, 36, "process", "")                                                             \
    X(process_exit, 37, "code", "")                                                                \
    X(process_wait, 38, "process, deadline", "code")                                               \
    X(thread_start, 39, "process, entry, argument, placement:priority 16|- 16|cpu 32", "handle")   \
    X(thread_exit, 40, "", "")                                                                     \
    X(thread_cancel, 41, "thread", "")                                                             \
    X(thread_priority, 42, "thread, priority", "effective")                                        \
    X(thread_affinity, 43, "thread, cpu", "")                                                      \
    X(thread_yield, 44, "", "")                                                                    \
    X(thread_compute, 45, "duration", "")                                                          \
    X(thread_checkpoint, 46, "", "")                                                               \
    X(thread_sleep_until, 47, "deadline", "")                                                      \
    X(thread_area, 48, "", "address")                                                              \
    X(clock_now, 49, "", "now")                                                                    \
    X(debug_print, 50, "text, length", "")                                                         \
    X(endpoint_wait_batch, 51, "endpoint, messages, count:least 32|most 32, deadline", "count")

enum slip_call {
#define SLIP_CALL_ENUM(name, number, arguments, results) SLIP_CALL_##name = (number),
    SLIP_CALL_MAP(SLIP_CALL_ENUM)
#undef SLIP_CALL_ENUM
        SLIP_CALL_COUNT
};

#endif

-- expect: every(gap): a time in nanoseconds or a distribution
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", arrival = every("1") },
    b = { role = "echo_server", serves = "x" },
  },
}

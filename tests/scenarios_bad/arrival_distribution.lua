-- expect: arrival = distribution says not when
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", arrival = exponential(5) },
    b = { role = "echo_server", serves = "x" },
  },
}

-- expect: arrival = 5 says not when: accepted are every(gap)
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", arrival = 5 },
    b = { role = "echo_server", serves = "x" },
  },
}

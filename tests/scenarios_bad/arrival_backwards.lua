-- expect: the gap of arrival = a distribution with -1 is out of range
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", arrival = every(uniform(-1, 5)) },
    b = { role = "echo_server", serves = "x" },
  },
}

-- expect: a mean above 0
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", think = exponential(-5) },
    b = { role = "echo_server", serves = "x" },
  },
}

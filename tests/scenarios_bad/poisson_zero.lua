-- expect: poisson(rate): a rate above 0
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", arrival = poisson(0) },
    b = { role = "echo_server", serves = "x" },
  },
}

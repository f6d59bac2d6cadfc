-- expect: think = exponential with mean 4000s is out of range: accepted are 0 to 3600s
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", think = exponential(4000*s) },
    b = { role = "echo_server", serves = "x" },
  },
}

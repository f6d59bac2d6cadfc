-- expect: interval is empty
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", think = uniform(5, 4) },
    b = { role = "echo_server", serves = "x" },
  },
}

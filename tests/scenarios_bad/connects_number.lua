-- expect: connects is a number
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = 1 },
    b = { role = "echo_server", serves = "x" },
  },
}

-- expect: asks 'x', served by the role echo_server
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", op = "read" },
    b = { role = "echo_server", serves = "x" },
  },
}

-- expect: has op and send
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", op = "echo", send = { 1 } },
    b = { role = "echo_server", serves = "x" },
  },
}

-- expect: op = 'raed' is unknown: did you mean 'read'?
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", op = "raed" },
    b = { role = "echo_server", serves = "x" },
  },
}

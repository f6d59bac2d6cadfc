-- expect: which process 'a' serves already
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "echo_server", serves = "x" },
    b = { role = "echo_server", serves = "x" },
    c = { role = "client", connects = "x" },
  },
}

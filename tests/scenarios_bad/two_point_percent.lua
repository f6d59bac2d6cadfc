-- expect: 0 to 100 percent are accepted
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", think = two_point(1, 2, 101) },
    b = { role = "echo_server", serves = "x" },
  },
}

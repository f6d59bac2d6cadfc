-- expect: connects to 'x' with own = true, but its count = 3 is no multiple of count = 2 of process 'b'
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", count = 3, connects = { x = { own = true } } },
    b = { role = "echo_server", count = 2, serves = "x" },
  },
}

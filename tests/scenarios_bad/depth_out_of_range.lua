-- expect: depth = 0 is out of range: accepted are 1 to 65536
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    client = { role = "client", connects = { x = { depth = 0 } } },
    b = { role = "echo_server", serves = "x" },
  },
}

-- expect: priority = 256 is out of range: accepted are 0 to 255
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", priority = 256 },
    b = { role = "echo_server", serves = "x" },
  },
}

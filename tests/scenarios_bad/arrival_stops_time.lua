-- expect: arrival with gaps of 0 alone would stop time
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", arrival = every(list{ 0, 0 }) },
    b = { role = "echo_server", serves = "x" },
  },
}

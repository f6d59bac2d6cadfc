-- expect: has think and arrival: accepted is one of them
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", arrival = every(5*us), think = 1*us },
    b = { role = "echo_server", serves = "x" },
  },
}

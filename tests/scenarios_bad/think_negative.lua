-- expect: think = a distribution with -1 is out of range: accepted are 0 to 3600s
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", think = list{ 4, -1 } },
    b = { role = "echo_server", serves = "x" },
  },
}

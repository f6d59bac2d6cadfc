-- expect: list: entry 2 is a string, no whole number
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", think = list{ 1, "2" } },
    b = { role = "echo_server", serves = "x" },
  },
}

-- expect: list{ ... } takes 1 to 4096 whole numbers
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", think = list{} },
    b = { role = "echo_server", serves = "x" },
  },
}

-- expect: own is a number: accepted are true and false
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = { x = { own = 1 } } },
    b = { role = "echo_server", serves = "x" },
  },
}

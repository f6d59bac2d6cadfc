-- expect: drawing is for bodies
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", think = draw(uniform(1, 2)) },
    b = { role = "echo_server", serves = "x" },
  },
}

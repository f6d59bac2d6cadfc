-- expect: think = soon is no whole number and no distribution
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", think = "soon" },
    b = { role = "echo_server", serves = "x" },
  },
}

-- expect: place = 'pair' is unknown: did you mean 'pairs'?
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", place = "pair" },
    b = { role = "echo_server", serves = "x" },
  },
}

-- expect: bytes is exponential, which has no greatest number
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", bytes = exponential(64) },
    b = { role = "echo_server", serves = "x" },
  },
}

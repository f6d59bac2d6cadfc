-- expect: nothing would ever end the run
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "echo_server", serves = "x" },
  },
}

-- expect: the end of a client is always awaited
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    client = { role = "client", connects = "echo", waits = false },
    server = { role = "echo_server", serves = "echo" },
  },
}

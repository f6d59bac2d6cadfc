-- expect: order is for read and write
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    client = { role = "client", connects = "echo", order = "random" },
    server = { role = "echo_server", serves = "echo" },
  },
}

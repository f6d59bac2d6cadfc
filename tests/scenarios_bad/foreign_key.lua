-- expect: knows no 'service': accepted
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    client = { role = "client", connects = "echo", service = 1 },
    server = { role = "echo_server", serves = "echo" },
  },
}

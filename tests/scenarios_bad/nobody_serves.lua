-- expect: :5: process 'client': connects to 'ecko', which nobody serves: did you mean 'echo'?
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    client = { role = "client", connects = "ecko" },
    server = { role = "echo_server", serves = "echo" },
  },
}

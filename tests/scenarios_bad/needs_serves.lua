-- expect: needs serves: the role echo_server
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "echo_server" },
  },
}

-- expect: knows no 'dept': did you mean 'depth'?
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    client = { role = "client", connects = { x = { dept = 1 } } },
    b = { role = "echo_server", serves = "x" },
  },
}

-- expect: needs device: the role file_server
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "file_server", serves = "x" },
  },
}

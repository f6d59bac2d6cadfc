-- expect: threads in all: at most 65536
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", count = 65536, threads = 2 },
    b = { role = "echo_server", serves = "x" },
  },
}

-- expect: :8: process 'middle': serves and connects with 2 threads: accepted is 1; take count = 2
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    server = { role = "echo_server", serves = "echo" },
    client = { role = "client", connects = "relay", op = "echo", bytes = 8 },
    middle = { role = "pipeline_stage", serves = "relay", connects = "echo",
               threads = 2 },
  },
}

-- expect: :6: process 'b': cpu = 2 is out of range: accepted are 0 to 1
-- One thing is wrong with this file; the line above says how it is told.
return { machine = { cpus = 2 }, processes = {
  a = { role = "client", connects = "x" },

  b = { role = "echo_server", serves = "x", cpu = 2 } } }

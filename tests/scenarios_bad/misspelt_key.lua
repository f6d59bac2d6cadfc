-- expect: :6: process 'client': knows no 'conects': did you mean 'connects'?
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    client = { role = "client",
      conects = "echo" },
  },
}

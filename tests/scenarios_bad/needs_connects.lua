-- expect: needs connects: the role client
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client" },
  },
}

-- expect: count = 4 is no whole number
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", count = "4" },
  },
}

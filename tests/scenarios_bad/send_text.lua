-- expect: word 2 of send = 2 is no whole number and no distribution
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", send = { 1, "2" } },
    b = { body = function(me) end, serves = "x" },
  },
}

-- expect: word 2 of send is a string
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", send = { 1, "2" } },
    b = { body = function(me) end, serves = "x" },
  },
}

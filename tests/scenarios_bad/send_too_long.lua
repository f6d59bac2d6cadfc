-- expect: send is a list of 1 to 4 words
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x", send = { 1, 2, 3, 4, 5 } },
    b = { body = function(me) end, serves = "x" },
  },
}

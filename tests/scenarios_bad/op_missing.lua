-- expect: needs op or send
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", connects = "x" },
    b = { body = function(me) end, serves = "x" },
  },
}

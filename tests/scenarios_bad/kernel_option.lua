-- expect: kernel: 
-- One thing is wrong with this file; the line above says how it is told.
return {
  kernel = { lockin = "big" },
  processes = { a = { body = function(me) end, waits = true } },
}

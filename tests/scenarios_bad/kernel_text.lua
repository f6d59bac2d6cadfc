-- expect: kernel is a table of options
-- One thing is wrong with this file; the line above says how it is told.
return {
  kernel = "big",
  processes = { a = { body = function(me) end, waits = true } },
}

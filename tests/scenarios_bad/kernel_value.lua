-- expect: locking = table is no value: accepted are texts, true and false, and times
-- One thing is wrong with this file; the line above says how it is told.
return {
  kernel = { locking = {} },
  processes = { a = { body = function(me) end, waits = true } },
}

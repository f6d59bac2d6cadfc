-- expect: costs is a number: it takes a string
-- One thing is wrong with this file; the line above says how it is told.
return {
  machine = { costs = 5 },
  processes = { a = { body = function(me) end, waits = true } },
}

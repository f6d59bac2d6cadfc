-- expect: costs is empty: accepted are the name of a preset
-- One thing is wrong with this file; the line above says how it is told.
return {
  machine = { costs = "" },
  processes = { a = { body = function(me) end, waits = true } },
}

-- expect: :3: parameter 'n' has a default that is no whole number
-- One thing is wrong with this file; the line above says how it is told.
local p = params { n = { "1", 1, 2, "help" } }

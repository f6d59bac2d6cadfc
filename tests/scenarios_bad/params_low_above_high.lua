-- expect: :3: parameter 'n' has a low above its high
-- One thing is wrong with this file; the line above says how it is told.
local p = params { n = { 1, 3, 2, "help" } }

-- expect: :3: parameter 'n' = 'c' is no choice
-- One thing is wrong with this file; the line above says how it is told.
local p = params { n = { "c", { "a", "b" }, "help" } }

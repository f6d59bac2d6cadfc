-- expect: :3: parameter 'n' has a choice that is no string
-- One thing is wrong with this file; the line above says how it is told.
local p = params { n = { "a", { "a", 1 }, "help" } }

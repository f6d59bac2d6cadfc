-- expect: :3: parameter 'n' has an entry too many
-- One thing is wrong with this file; the line above says how it is told.
local p = params { n = { 1, 1, 2, "help", 5 } }

-- expect: :3: parameter 'a' has a default that needs itself
-- One thing is wrong with this file; the line above says how it is told.
local p = params { a = { function(p) return p.b end, 1, 2, "help" }, b = { function(p) return p.a end, 1, 2, "help" } }

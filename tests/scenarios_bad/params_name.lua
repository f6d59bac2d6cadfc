-- expect: params: '2 b' is no name
-- One thing is wrong with this file; the line above says how it is told.
local p = params { ["2 b"] = { 1, 1, 2, "help" } }

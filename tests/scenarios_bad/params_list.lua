-- expect: :3: params: each parameter has a name
-- One thing is wrong with this file; the line above says how it is told.
local p = params { { 1, 1, 2, "help" } }

-- expect: :3: nothing is called 'parms', did you mean 'params'?
-- One thing is wrong with this file; the line above says how it is told.
local p = parms { }

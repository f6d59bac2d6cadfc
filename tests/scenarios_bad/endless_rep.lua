-- expect: not a parameter: accepted
-- One thing is wrong with this file; the line above says how it is told.
local text = ("").rep("", math.maxinteger)
local p = params {}
return p.none

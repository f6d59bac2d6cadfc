-- expect: :4: not enough memory
-- One thing is wrong with this file; the line above says how it is told.
local t = {}
for i = 1, math.huge do t[i] = i end

-- expect: :3: C stack overflow
-- One thing is wrong with this file; the line above says how it is told.
local t = setmetatable({}, {}); getmetatable(t).__tostring = function(x) return string.format("%s", x) end
tostring(t)

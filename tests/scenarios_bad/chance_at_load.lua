-- expect: :3: math.random() is for bodies
-- One thing is wrong with this file; the line above says how it is told.
local n = math.random(6)

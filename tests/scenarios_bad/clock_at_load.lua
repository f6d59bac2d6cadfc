-- expect: :3: now() is for bodies
-- One thing is wrong with this file; the line above says how it is told.
local start = now()

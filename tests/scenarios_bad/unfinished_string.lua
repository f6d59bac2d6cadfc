-- expect: :3: unfinished string
-- One thing is wrong with this file; the line above says how it is told.
local x = "no end

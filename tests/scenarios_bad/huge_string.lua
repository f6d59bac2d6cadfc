-- expect: :3: not enough memory
-- One thing is wrong with this file; the line above says how it is told.
local text = ("x"):rep(1 << 40)

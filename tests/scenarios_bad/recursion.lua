-- expect: :3: not enough memory
-- One thing is wrong with this file; the line above says how it is told.
local function f() return 1 + f() end
f()

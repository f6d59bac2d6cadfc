-- expect: :3: string.gsub is left out
-- One thing is wrong with this file; the line above says how it is told.
local text = ("a"):rep(100):gsub(("a*"):rep(50) .. "b", "")

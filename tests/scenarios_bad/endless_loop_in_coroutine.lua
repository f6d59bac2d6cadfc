-- expect: :3: still loading after
-- One thing is wrong with this file; the line above says how it is told.
local c = coroutine.wrap(function() while true do end end)
while true do pcall(c) end

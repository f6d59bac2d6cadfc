-- expect: :3: still loading after
-- One thing is wrong with this file; the line above says how it is told.
while true do pcall(function() while true do end end) end

-- expect: :3: there are no finalizers
-- One thing is wrong with this file; the line above says how it is told.
setmetatable({}, { __gc = function() while true do end end })

-- expect: :4: still loading after
-- One thing is wrong with this file; the line above says how it is told.
setmetatable({}, { __close = function() while true do end end }); local x <close> = setmetatable({}, { __close = function() while true do end end })
while true do end

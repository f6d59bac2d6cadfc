-- expect: needs processes
-- One thing is wrong with this file; the line above says how it is told.
table.insert(setmetatable({}, { __len = function() return 1 << 60 end }), 1, 1)
return {}

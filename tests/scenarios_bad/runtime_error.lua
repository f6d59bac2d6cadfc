-- expect: :4: attempt to index a nil value (local 'x')
-- One thing is wrong with this file; the line above says how it is told.
local x
return x.y

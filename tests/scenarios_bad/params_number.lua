-- expect: :3: params takes one table
-- One thing is wrong with this file; the line above says how it is told.
local p = params(1)

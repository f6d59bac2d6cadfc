-- expect: the file must end with return
-- One thing is wrong with this file; the line above says how it is told.
local x = 1

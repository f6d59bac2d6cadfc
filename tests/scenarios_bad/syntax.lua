-- expect: :4: unexpected symbol near '='
-- One thing is wrong with this file; the line above says how it is told.
local x
x = = 1

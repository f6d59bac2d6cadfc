-- expect: :4: not enough memory
-- One thing is wrong with this file; the line above says how it is told.
local text = "x"
while true do text = text .. text end

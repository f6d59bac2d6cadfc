-- expect: :3: string.format has no %p here
-- One thing is wrong with this file; the line above says how it is told.
local text = string.format("%p", {})

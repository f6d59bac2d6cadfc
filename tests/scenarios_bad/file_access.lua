-- expect: :3: there is no 'io' here
-- One thing is wrong with this file; the line above says how it is told.
local f = io.open("/etc/passwd")

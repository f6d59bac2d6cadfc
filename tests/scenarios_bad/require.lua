-- expect: :3: there is no 'require' here
-- One thing is wrong with this file; the line above says how it is told.
local socket = require "socket"

-- expect: :3: there is no 'debug' here
-- One thing is wrong with this file; the line above says how it is told.
debug.sethook()

-- expect: :3: there is no 'collectgarbage' here
-- One thing is wrong with this file; the line above says how it is told.
collectgarbage("stop")

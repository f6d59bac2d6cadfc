-- expect: :3: there is no 'load' here
-- One thing is wrong with this file; the line above says how it is told.
load("return 1")()

-- expect: it returned number
-- One thing is wrong with this file; the line above says how it is told.
return 1

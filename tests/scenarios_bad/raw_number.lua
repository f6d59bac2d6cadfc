-- expect: raw is a number: accepted are true and false
-- One thing is wrong with this file; the line above says how it is told.
return { raw = 1, processes = {} }

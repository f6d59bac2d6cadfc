-- expect: role 'client' needs a design
-- One thing is wrong with this file; the line above says how it is told.
return { raw = true, processes = { a = { role = "client", connects = "x" } } }

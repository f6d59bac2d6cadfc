-- expect: holds a value without a name
-- One thing is wrong with this file; the line above says how it is told.
return { processes = { { role = "client" } } }

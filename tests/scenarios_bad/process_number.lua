-- expect: :3: processes: 'a' is no table
-- One thing is wrong with this file; the line above says how it is told.
return { processes = { a = 1 } }

-- expect: :3: processes: is empty
-- One thing is wrong with this file; the line above says how it is told.
return { processes = {} }

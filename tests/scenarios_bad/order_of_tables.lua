-- expect: :3: a table as a key has no order
-- One thing is wrong with this file; the line above says how it is told.
for k in pairs({ [{}] = 1 }) do end

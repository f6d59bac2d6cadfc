-- expect: :3: bad argument #3 to
-- One thing is wrong with this file; the line above says how it is told.
table.move({}, 1, math.maxinteger - 2, 2)

-- expect: :3: 'inser' is not a function of table: did you mean 'insert'?
-- One thing is wrong with this file; the line above says how it is told.
table.inser({}, 1)

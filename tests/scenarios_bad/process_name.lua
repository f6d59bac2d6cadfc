-- expect: is no name: 1 to 24 letters
-- One thing is wrong with this file; the line above says how it is told.
return { processes = { ["a b"] = { } } }

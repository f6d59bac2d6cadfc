-- expect: expect is a function of the result
-- One thing is wrong with this file; the line above says how it is told.
return { expect = 1, processes = {} }

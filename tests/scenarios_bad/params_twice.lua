-- expect: :4: params{} is called once; it was called on line 3
-- One thing is wrong with this file; the line above says how it is told.
local p = params { }
local q = params { }

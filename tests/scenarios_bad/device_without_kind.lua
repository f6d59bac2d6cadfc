-- expect: needs a kind
-- One thing is wrong with this file; the line above says how it is told.
return { devices = { disk = { } } }

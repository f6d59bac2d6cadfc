-- expect: kind = 'flie' is unknown: did you mean 'file'?
-- One thing is wrong with this file; the line above says how it is told.
return { devices = { disk = { kind = "flie" } } }

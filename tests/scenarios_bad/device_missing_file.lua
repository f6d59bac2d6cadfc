-- expect: /nowhere/to/be/found: No such file or directory
-- One thing is wrong with this file; the line above says how it is told.
return { devices = { disk = { kind = "file", path = "/nowhere/to/be/found" } } }

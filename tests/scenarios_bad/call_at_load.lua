-- expect: :3: endpoint_create() is for bodies
-- One thing is wrong with this file; the line above says how it is told.
local e = endpoint_create(1)

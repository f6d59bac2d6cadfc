-- expect: :4: 'clients' cannot be set
-- One thing is wrong with this file; the line above says how it is told.
local p = params { clients = { 1, 1, 2, "help" } }
p.clients = nil; p.clients = 3

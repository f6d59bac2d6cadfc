-- expect: :4: 'cleints' is not a parameter: did you mean 'clients'?
-- One thing is wrong with this file; the line above says how it is told.
local p = params { clients = { 1, 1, 2, "help" } }
local n = p.cleints

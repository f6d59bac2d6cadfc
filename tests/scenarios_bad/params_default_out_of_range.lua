-- expect: :3: parameter 'n' = 5MiB is out of range: accepted are 1 to 4KiB
-- One thing is wrong with this file; the line above says how it is told.
local p = params { n = { 0*KiB + 5 * 1024 * 1024, 1, 4*KiB, "help" } }

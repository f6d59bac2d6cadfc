-- expect: :4: parameter 'n' needs a text that explains it
-- One thing is wrong with this file; the line above says how it is told.
local p = params {
  n = { 1, 1, 2 },
}

-- expect: params{} failed, and the file went on
-- One thing is wrong with this file; the line above says how it is told.
pcall(params, { n = { 1 } })
return { processes = {} }

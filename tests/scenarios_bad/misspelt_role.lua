-- expect: :5: process 'a': role 'clint' is unknown: did you mean 'client'?
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "clint", connects = "x" },
  },
}

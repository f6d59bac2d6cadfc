-- expect: :5: process 'a': has neither a role nor a body
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { serves = "x" },
  },
}

-- expect: has a role and a body
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { role = "client", body = function() end },
  },
}

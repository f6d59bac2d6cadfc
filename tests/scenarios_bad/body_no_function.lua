-- expect: body is a number: it takes a function
-- One thing is wrong with this file; the line above says how it is told.
return {
  processes = {
    a = { body = 1 },
  },
}

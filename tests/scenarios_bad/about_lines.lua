-- expect: about is one line
-- One thing is wrong with this file; the line above says how it is told.
return { about = "two\nlines", processes = {} }

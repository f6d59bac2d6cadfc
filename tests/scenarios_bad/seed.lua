-- expect: :3: math.randomseed is left out
-- One thing is wrong with this file; the line above says how it is told.
math.randomseed(1)

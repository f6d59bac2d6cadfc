-- expect: :3: print() is for bodies
-- One thing is wrong with this file; the line above says how it is told.
print("hello")

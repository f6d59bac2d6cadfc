-- expect: :3: expect() is for bodies
-- One thing is wrong with this file; the line above says how it is told.
expect(true)

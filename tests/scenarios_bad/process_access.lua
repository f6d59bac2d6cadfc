-- expect: :3: there is no 'os' here
-- One thing is wrong with this file; the line above says how it is told.
os.execute("true")

-- expect: machine: cpus = 0 is out of range: accepted are 1 to 1024
-- One thing is wrong with this file; the line above says how it is told.
return { machine = { cpus = 0 } }

-- expect: :5: the scenario: knows no 'proceses': did you mean 'processes'?
-- One thing is wrong with this file; the line above says how it is told.
return {
  machine = { cpus = 1 },
  proceses = {},
}

return {
  about = "two classes at one server",
  machine = { cpus = 2, costs = "free" },
  processes = {
    server = { role = "echo_server", serves = "work", service = exponential(10*us), priority = 5 },
    urgent = { role = "client", connects = { work = { depth = 500 } }, send = { 0 }, cpu = 1, priority = 200, arrival = poisson(25*us) },
    bulk   = { role = "client", connects = { work = { depth = 500 } }, send = { 0 }, cpu = 1, priority = 100, arrival = poisson(25*us) },
  },
}

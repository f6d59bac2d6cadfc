-- expect: device 'dsk' is not among the devices: did you mean 'disk'?
-- One thing is wrong with this file; the line above says how it is told.
return {
  devices = { disk = { kind = "file" } },
  processes = {
    server = { role = "file_server", serves = "files", device = "dsk" },
    client = { role = "client", connects = "files" },
  },
}

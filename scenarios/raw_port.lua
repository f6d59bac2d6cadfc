-- raw_port.lua: an asynchronous send and a completion port, call by call
local function server(me)
  local files, theirs = me.handle.files, {}
  while true do
    local m = endpoint_wait(files)                        -- open wait
    if m.handle[1] then theirs[m.badge] = m.handle[1]
    else
      port_post(theirs[m.badge], { key = m[1], status = OK, result = m[3] })
    end
  end
end
local function client(me)
  local files, port = me.handle.files, port_create(8)
  endpoint_send(files, {}, { handles = { handle_duplicate(port, { "post" }) } })
  for i = 1, 1000 do
    endpoint_send(files, { i, 0, 4*KiB })
    expect(port_wait(port, 1, 1, now() + 1*s)[1].key == i)
  end
end
return { raw = true, machine = { cpus = 1 },
  about = "an asynchronous send and a completion port, call by call", processes = {
  server = { body = server, serves = "files" },
  client = { body = client, connects = "files", waits = true } } }

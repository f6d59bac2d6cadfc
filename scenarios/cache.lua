-- cache.lua
-- A cache in front of a store, with a protocol of its own.
-- The cache is a server and a client at once, with one wait for both.
local p = params {
  cpus    = { 2, 1, 1024,       "simulated CPUs" },
  clients = { 4, 1, 1000,       "client processes" },
  depth   = { 4, 1, 64,         "gets in flight per client" },
  keys    = { 1000, 1, 1000000, "distinct ids" },
  hits    = { 80, 0, 100,       "percent that the cache knows" },
  seek    = { 100*us, 0, 1*s,   "work of the store for one get" },
  threads = { 8, 1, 64,         "threads of the store" },
}
local GET <const> = 1                       -- words: GET, id; result: id * 2

local function store(me)
  while true do
    local r = me:next()
    if r[1] == GET then compute(p.seek); r:reply(OK, r[2] * 2)
    else r:reply(BAD_OPERATION) end
  end
end

local function cache(me)
  local store, misses, asked_by = me:link("store"), 0, {}
  while true do
    local e = me:next()                     -- a request, or my own completion
    if e.kind == "completion" then
      asked_by[e.key]:reply(e.status, e.result)
      asked_by[e.key] = nil
    elseif e[2] % 100 < p.hits then
      e:reply(OK, e[2] * 2)
    else
      misses = misses + 1
      asked_by[misses] = e
      store:submit({ GET, e[2] }, { key = misses })
    end
  end
end

local function auditor(me)                  -- once a millisecond, is it right?
  local cache = me:link("cache")
  for id = 1, math.huge do
    cache:submit({ GET, id }, { key = id })
    local c = me:next(now() + 100*ms)
    expect(c.key == id and c.result == id * 2, "wrong answer")
    sleep_until(now() + 1*ms)
  end
end

return {
  about     = "a cache server in front of a store",
  machine   = { cpus = p.cpus },
  processes = {
    store   = { body = store,   serves = "store", threads = p.threads },
    cache   = { body = cache,   serves = "cache",
                connects = { store = { depth = p.clients * p.depth + 1 } } },
    client  = { role = "client", count = p.clients,
                connects = { cache = { depth = p.depth } },
                send = { GET, uniform(1, p.keys) } },
    auditor = { body = auditor, connects = "cache", priority = 200 },
  },
  expect = function(r)
    expect(r.errors == 0)
    expect(r.process.store.requests < r.process.cache.requests)
  end,
}

#!/usr/bin/env bash
# What is wrong with a scenario or a parameter is said with place, cause and what is accepted.
set -euo pipefail
. "$(dirname "$0")/common.bash"

slipway run file_raed
refused "file_raed" "did you mean 'file_read'" ping_pong
slipway compare ./nowhere.lua
refused "nowhere.lua" "No such file"
slipway run .
refused "scenario"
slipway run /dev/null
exits 2

slipway run file_read -D dept=3
refused "dept" "did you mean 'depth'"
slipway run file_read -D depth=0
refused depth 1 256
slipway run file_read -D depth=many
refused depth many
slipway run file_read -D block=2MiB
refused block 512 1MiB
slipway run file_read -D order=randon
refused "randon" random sequential
slipway run file_read -D cpus=0
refused cpus 1 1024
slipway run ping_pong -D bytes=65537
refused bytes 65537 "0 to 64KiB"

echo 'return { processes = { a = { ' >syntax.lua
slipway run syntax.lua
refused 'syntax.lua:'
printf 'local x = nil\n\nreturn x.y\n' >runtime.lua
slipway check runtime.lua
refused 'runtime.lua:3'
echo 'while true do end' >endless.lua
slipway compare endless.lua
refused 'endless.lua:1' instructions
echo 'return 5' >number.lua
slipway run number.lua
refused 'number.lua'
cat >nobody.lua <<'LUA'
return { machine = { cpus = 1 }, processes = {
  server = { role = "echo_server", serves = "echo" },
  client = { role = "client", connects = "ecko", bytes = 8 } } }
LUA
slipway run nobody.lua
refused 'nobody.lua:3' ecko "did you mean 'echo'"
cat >role.lua <<'LUA'
return { machine = { cpus = 1 }, processes = {
  server = { role = "echo_sever", serves = "echo" },
  client = { role = "client", connects = "echo", bytes = 8 } } }
LUA
slipway check role.lua
refused 'role.lua:2' "did you mean 'echo_server'"

exit $failed

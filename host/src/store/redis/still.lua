-- ARGV: the version that the caller knows. Gives 1 where the entry has it.
-- A replica lags behind and cannot serve. ROLE says so for less than INFO does; where it is
-- not allowed to the user, INFO is asked, and where neither is, only a write notices.
local role = redis.pcall('ROLE')
local is_replica = role[1] == 'slave'
if role.err then
  local info = redis.pcall('INFO', 'replication')
  is_replica = type(info) == 'string' and info:find('role:slave', 1, true)
end
if is_replica then
  return redis.error_reply('READONLY this is a replica')
end
if redis.call('HGET', KEYS[1], 'version') == ARGV[1] then
  return 1
end
return 0

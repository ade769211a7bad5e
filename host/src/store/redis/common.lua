-- A replica lags behind and cannot serve. Where INFO is not allowed to the
-- user, only a write notices.
local info = redis.pcall('INFO', 'replication')
if type(info) == 'string' and info:find('role:slave', 1, true) then
  return redis.error_reply('READONLY this is a replica')
end
local function number(text)
  return text and text:match('^%d+$') and #text <= 15 and tonumber(text)
end
local function text(number)
  return string.format('%.0f', number)
end
local held = redis.call('HMGET', KEYS[1], 'version', 'written', 'value', 'run', 'wall')
local is_whole = held[1] and number(held[2]) and held[3] and #held[3] <= 65536
if not is_whole and redis.call('EXISTS', KEYS[1]) == 1 then
  return redis.error_reply('DAMAGED the entry is not one of ours')
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

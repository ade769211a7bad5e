-- ARGV: what is expected, version, value, for how many milliseconds, channel,
-- message. All that can fail comes before or is the first change.
if (held[1] and '=' .. held[1] or '') ~= ARGV[1] then
  return 0
end
local written = string.format('%.0f', now)
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'written', written, 'value', ARGV[3])
if ARGV[4] == '' then
  redis.call('PERSIST', KEYS[1])
else
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
redis.pcall('PUBLISH', ARGV[5], ARGV[6])
return 1

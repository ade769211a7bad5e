-- ARGV: what is expected, version, value, for how many milliseconds, channel,
-- message, the server's run, the caller's clock. For a user who may use these
-- commands, all that can fail comes before the first change or is it.
if (held[1] and '=' .. held[1] or '') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'written', text(now), 'value', ARGV[3],
  'run', ARGV[7], 'wall', ARGV[8])
if ARGV[4] == '' then
  redis.call('PERSIST', KEYS[1])
else
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
redis.pcall('PUBLISH', ARGV[5], ARGV[6])
return 1

-- Nothing, an empty list if the entry has the version that the caller knows, or
-- version, age and value. A clock that was set back makes an entry older, never
-- young for ever.
if not held[1] then
  return false
end
if '=' .. held[1] == ARGV[1] then
  return {}
end
return {held[1], math.abs(now - held[2]), held[3]}

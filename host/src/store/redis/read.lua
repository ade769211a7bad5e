-- ARGV: the version that the caller knows, the server's run, the caller's clock.
-- Gives nothing, an empty list if the entry has that version, or version, age and
-- value.
if not held[1] then
  return false
end
-- A time of another run of a server may be by another clock, and one that is still to
-- come is. What the clients' own clocks say is the second opinion, and the younger of
-- both ages counts: a lease that looks over too soon makes two logins. From here on
-- the entry ages by this server's clock, so that no age stands still.
local age = now - number(held[2])
local run, wall = ARGV[2], number(ARGV[3])
local is_other_run = run ~= '' and held[4] and held[4] ~= '' and held[4] ~= run
if is_other_run and wall and number(held[5]) then
  age = math.min(age, wall - number(held[5]))
end
if age < 0 or is_other_run then
  age = math.max(age, 0)
  redis.pcall('HSET', KEYS[1], 'written', text(now - age), 'run', run, 'wall', text(math.max(wall - age, 0)))
end
if '=' .. held[1] == ARGV[1] then
  return {}
end
return {held[1], age, held[3]}

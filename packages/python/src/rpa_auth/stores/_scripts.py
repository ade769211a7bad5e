"""What is asked of a Redis and of a PostgreSQL: the same that the Rust library asks.

Written by `tools/generate.py` from host/src/store: change that, and run it again.
"""

from typing import Final

REDIS_COMMON: Final = """\
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
"""

REDIS_READ: Final = """\
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
"""

REDIS_STILL: Final = """\
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
"""

REDIS_WRITE: Final = """\
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
"""

POSTGRES_SESSION: Final = """\
-- What holds for a connection, whatever the role or the database is set to.
SET statement_timeout = '5s';
SET default_transaction_isolation = 'read committed';
SET default_transaction_read_only = off;
-- A write that was answered is on the disk. What is stronger stays as it is set.
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
-- A standby refuses this.
LISTEN rpa_auth_changes;
"""

POSTGRES_TABLE: Final = """\
CREATE TABLE IF NOT EXISTS rpa_auth_entries (
  key text COLLATE "C" PRIMARY KEY,
  version text COLLATE "C" NOT NULL,
  value bytea NOT NULL,
  written timestamptz NOT NULL,
  expires timestamptz,
  run text COLLATE "C" NOT NULL,
  wall bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS rpa_auth_entries_expires
  ON rpa_auth_entries (expires) WHERE expires IS NOT NULL;
"""

POSTGRES_READ: Final = """\
-- $1 the key, $2 the version that the caller knows, $3 the caller's clock.
-- Gives one row: the server's run, then the entry's version, its age in milliseconds,
-- whether that is a guess, and its value, where the caller does not know it. A value that
-- is too long is cut behind what is allowed.
--
-- A time of another run of a server may be by another clock, and one that is still to
-- come is. What the clients' own clocks say is the second opinion, and the younger of
-- both ages counts: a lease that looks over too soon makes two logins.
WITH server AS MATERIALIZED (
  SELECT clock_timestamp() AS clock,
    (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint::text AS run
)
SELECT server.run, held.version,
  greatest(0, CASE WHEN held.run <> server.run THEN least(said.age, $3 - held.wall) ELSE said.age END),
  held.run <> server.run OR said.age < 0,
  CASE WHEN held.version IS DISTINCT FROM $2 THEN substring(held.value FROM 1 FOR 65537) END
FROM server
LEFT JOIN rpa_auth_entries AS held
  ON held.key = $1 AND (held.expires IS NULL OR held.expires > server.clock)
LEFT JOIN LATERAL (
  SELECT floor(extract(epoch FROM server.clock - held.written) * 1000)::bigint AS age
) AS said ON true
"""

POSTGRES_SETTLE: Final = """\
-- $1 the key, $2 the version that was read, $3 its age in milliseconds, $4 the server's
-- run, $5 the caller's clock. From here on the entry ages by this server's clock, for
-- everybody, so that no age stands still.
UPDATE rpa_auth_entries
SET written = clock_timestamp() - $3 * interval '1 millisecond', run = $4, wall = $5 - $3
WHERE key = $1 AND version = $2 AND (run <> $4 OR written > clock_timestamp())
"""

POSTGRES_MAKE: Final = """\
-- $1 the key, $2 the new version, $3 the value, $4 for how many milliseconds, $5 the
-- caller's clock. Gives a row if it was written: nothing was there, or what had run out.
-- Times are taken after the wait for another writer.
WITH made AS (
  INSERT INTO rpa_auth_entries AS held (key, version, value, written, expires, run, wall)
  VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp() + $4 * interval '1 millisecond',
    (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint::text, $5)
  ON CONFLICT (key) DO UPDATE SET version = excluded.version, value = excluded.value,
    written = clock_timestamp(), expires = clock_timestamp() + $4 * interval '1 millisecond',
    run = excluded.run, wall = excluded.wall
  WHERE held.expires <= clock_timestamp()
  RETURNING key
)
SELECT pg_notify('rpa_auth_changes', key) FROM made
"""

POSTGRES_REPLACE: Final = """\
-- As make.sql; $6 is the version that must be there.
WITH replaced AS (
  UPDATE rpa_auth_entries SET version = $2, value = $3, written = clock_timestamp(),
    expires = clock_timestamp() + $4 * interval '1 millisecond',
    run = (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint::text, wall = $5
  WHERE key = $1 AND version = $6 AND (expires IS NULL OR expires > clock_timestamp())
  RETURNING key
)
SELECT pg_notify('rpa_auth_changes', key) FROM replaced
"""

POSTGRES_SWEEP: Final = """\
-- Deletes some entries that have run out. It waits for nobody, and so makes no deadlock
-- with a writer that makes one of them anew.
DELETE FROM rpa_auth_entries WHERE key IN (
  SELECT key FROM rpa_auth_entries WHERE expires <= now()
  ORDER BY expires LIMIT 100 FOR UPDATE SKIP LOCKED
)
"""

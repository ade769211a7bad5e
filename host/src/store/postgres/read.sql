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

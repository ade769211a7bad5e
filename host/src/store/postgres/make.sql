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

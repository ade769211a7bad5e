-- As make.sql; $6 is the version that must be there.
WITH replaced AS (
  UPDATE rpa_auth_entries SET version = $2, value = $3, written = clock_timestamp(),
    expires = clock_timestamp() + $4 * interval '1 millisecond',
    run = (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint::text, wall = $5
  WHERE key = $1 AND version = $6 AND (expires IS NULL OR expires > clock_timestamp())
  RETURNING key
)
SELECT pg_notify('rpa_auth_changes', key) FROM replaced

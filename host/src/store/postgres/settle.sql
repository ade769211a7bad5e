-- $1 the key, $2 the version that was read, $3 its age in milliseconds, $4 the server's
-- run, $5 the caller's clock. From here on the entry ages by this server's clock, for
-- everybody, so that no age stands still.
UPDATE rpa_auth_entries
SET written = clock_timestamp() - $3 * interval '1 millisecond', run = $4, wall = $5 - $3
WHERE key = $1 AND version = $2 AND (run <> $4 OR written > clock_timestamp())

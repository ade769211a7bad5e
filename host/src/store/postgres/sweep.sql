-- Deletes some entries that have run out. It waits for nobody, and so makes no deadlock
-- with a writer that makes one of them anew.
DELETE FROM rpa_auth_entries WHERE key IN (
  SELECT key FROM rpa_auth_entries WHERE expires <= now()
  ORDER BY expires LIMIT 100 FOR UPDATE SKIP LOCKED
)

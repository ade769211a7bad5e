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

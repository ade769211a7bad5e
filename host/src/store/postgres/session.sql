-- What holds for a connection, whatever the role or the database is set to.
SET statement_timeout = '5s';
SET default_transaction_isolation = 'read committed';
SET default_transaction_read_only = off;
-- A write that was answered is on the disk. What is stronger stays as it is set.
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
-- A standby refuses this.
LISTEN rpa_auth_changes;

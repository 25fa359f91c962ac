-- Which keys there are, which of each kind is active, and which have ended. Signed like all that
-- decides about a login, so that the database cannot choose a pepper that was stolen. Rows of
-- version 0 come from before and count as altered; the check value tells nothing about the key.
CREATE TABLE key_ring (
  kind TEXT NOT NULL CHECK (kind IN ('pepper', 'sealing', 'integrity')),
  key_id TEXT ${binary} NOT NULL,
  check_value TEXT NOT NULL,
  state TEXT NOT NULL,
  activated_at BIGINT,
  retire_by BIGINT,
  version BIGINT NOT NULL,
  signature TEXT NOT NULL,
  PRIMARY KEY (kind, key_id)
);

INSERT INTO key_ring (kind, key_id, check_value, state, version, signature)
SELECT CASE kind WHEN 'sealing-key' THEN 'sealing' WHEN 'integrity-key' THEN 'integrity' ELSE kind END,
    key_id, check_value, 'held', 0, ''
FROM key_checks;

DROP TABLE key_checks;

UPDATE meta SET value = '4' WHERE name = 'oldest-program';

-- Running serve processes. A row that was silent for 30 seconds does not count.
CREATE TABLE nodes (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  heartbeat_at BIGINT NOT NULL,
  -- KIND/ID, with commas between.
  held_keys TEXT NOT NULL,
  active_keys TEXT NOT NULL
);

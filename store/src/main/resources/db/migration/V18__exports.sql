-- For those who take the record elsewhere. A row has no number when it is committed: whoever asks for
-- the record numbers what has none, one after the other. So numbers are there in their order, and who
-- goes on behind one misses nothing. A row that changes loses its number, and gets a later one.
CREATE TABLE export_counters (
  record TEXT NOT NULL PRIMARY KEY,
  number BIGINT NOT NULL
);
INSERT INTO export_counters (record, number) VALUES ('changes', 0);
INSERT INTO export_counters (record, number) VALUES ('sign-ins', 0);
INSERT INTO export_counters (record, number) VALUES ('sessions', 0);

ALTER TABLE admin_changes ADD COLUMN number BIGINT;
CREATE UNIQUE INDEX admin_changes_numbered ON admin_changes (number) WHERE number IS NOT NULL;
CREATE INDEX admin_changes_unnumbered ON admin_changes (id) WHERE number IS NULL;

ALTER TABLE sign_ins ADD COLUMN number BIGINT;
CREATE UNIQUE INDEX sign_ins_numbered ON sign_ins (number) WHERE number IS NOT NULL;
CREATE INDEX sign_ins_unnumbered ON sign_ins (last_at, fold) WHERE number IS NULL;

-- Where a session's mail is; so that it is known of those whose node dies.
ALTER TABLE sessions ADD COLUMN upstream_host TEXT;
ALTER TABLE sessions ADD COLUMN mailbox TEXT;

-- Sessions that are over, as part of the record: no foreign keys, names stay in users, and the peer is
-- as in sign_ins.
CREATE TABLE ended_sessions (
  -- Sorts by the time of the login.
  id TEXT ${binary} NOT NULL PRIMARY KEY,
  session TEXT NOT NULL,
  -- Of a user, or 'erased-…' after that user was erased; then what is personal is NULL or empty.
  user_id TEXT ${binary} NOT NULL,
  credential_id TEXT NOT NULL,
  protocol TEXT NOT NULL,
  peer TEXT ${binary},
  peer_port INTEGER NOT NULL,
  client TEXT NOT NULL,
  upstream TEXT,
  upstream_host TEXT,
  mailbox TEXT,
  started_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  bytes_up BIGINT NOT NULL,
  bytes_down BIGINT NOT NULL,
  -- The log's word, or 'lost': its node died.
  ended TEXT NOT NULL,
  number BIGINT
);

CREATE INDEX ended_sessions_by_time ON ended_sessions (ended_at);
CREATE INDEX ended_sessions_by_user ON ended_sessions (user_id, id);
CREATE UNIQUE INDEX ended_sessions_numbered ON ended_sessions (number) WHERE number IS NOT NULL;
CREATE INDEX ended_sessions_unnumbered ON ended_sessions (ended_at, id) WHERE number IS NULL;

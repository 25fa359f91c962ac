-- Users whose logins are shown in the log for a while. Signed: nobody but Postern has anybody watched.
-- One row a user; a row never changes, it goes.
CREATE TABLE traces (
  id TEXT ${binary} NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
  started_at BIGINT NOT NULL,
  started_by TEXT NOT NULL,
  ends_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  signature TEXT NOT NULL
);

-- Where a change came from, as a peer in sign_ins; NULL where it came over no network.
ALTER TABLE admin_changes ADD COLUMN peer TEXT ${binary};

-- What programs show at the admin API: a keyed digest of each. Signed, but for the last use, which
-- decides about nobody.
CREATE TABLE api_tokens (
  id TEXT ${binary} NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  -- Sorted, with commas between them.
  domains TEXT NOT NULL,
  digest TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT,
  revoked_reason TEXT,
  version BIGINT NOT NULL,
  signature TEXT NOT NULL,
  last_used_at BIGINT,
  last_used_from TEXT
);

CREATE INDEX api_tokens_unrevoked ON api_tokens (expires_at) WHERE revoked_at IS NULL;

-- Requests that are made once, and what each made; for 24 hours.
CREATE TABLE replays (
  token TEXT ${binary} NOT NULL,
  key TEXT ${binary} NOT NULL,
  fingerprint TEXT NOT NULL,
  -- Of the one request that made it.
  nonce TEXT NOT NULL,
  action TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (token, key)
);

CREATE INDEX replays_by_time ON replays (at);

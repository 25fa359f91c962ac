-- Times are milliseconds since 1970 (UTC). ${binary} makes names sort by their bytes everywhere.
-- A signature is an HMAC over everything in its row that means something, and over its version,
-- which counts up with each change. A row whose signature is not right lets nobody in.
-- (There is no V1: it was the schema of previews before the first release.)

-- What is true of the database as a whole.
CREATE TABLE meta (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

-- The oldest program that still works with this schema, by the schema that it was made for. A
-- migration that takes something away raises it.
INSERT INTO meta (name, value) VALUES ('oldest-program', '2');

-- Keys that values in this database were made with, so that a key that is missing, or another one
-- under the same name, is found at the start. The check value tells nothing about the key.
CREATE TABLE key_checks (
  kind TEXT NOT NULL,
  key_id TEXT NOT NULL,
  check_value TEXT NOT NULL,
  PRIMARY KEY (kind, key_id)
);

CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT ${binary} NOT NULL UNIQUE,
  upstream TEXT,
  upstream_user TEXT,
  group_name TEXT ${binary},
  protected INTEGER NOT NULL DEFAULT 0,
  disabled_at BIGINT,
  disabled_reason TEXT,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  version BIGINT NOT NULL,
  signature TEXT NOT NULL
);

CREATE INDEX users_by_group ON users (group_name);

CREATE TABLE app_passwords (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  label TEXT NOT NULL,
  scopes TEXT NOT NULL,
  networks TEXT NOT NULL,
  secret TEXT NOT NULL,
  machine_made INTEGER NOT NULL DEFAULT 1,
  expires_at BIGINT,
  idle_expiry BIGINT,
  unused_expires_at BIGINT,
  replaces TEXT,
  overlap_ends_at BIGINT,
  state TEXT NOT NULL CHECK (state IN ('active', 'suspended', 'revoked', 'expired')),
  state_at BIGINT,
  state_reason TEXT,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  version BIGINT NOT NULL,
  signature TEXT NOT NULL,
  last_used_at BIGINT,
  last_used_from TEXT,
  last_used_scope TEXT,
  last_used_client TEXT
);

CREATE INDEX app_passwords_by_user ON app_passwords (user_id, created_at);

-- For those whose time runs out. Each is asked for in just these words.
CREATE INDEX app_passwords_by_date ON app_passwords (expires_at)
  WHERE expires_at IS NOT NULL AND state IN ('active', 'suspended');
CREATE INDEX app_passwords_by_first_use ON app_passwords (unused_expires_at)
  WHERE unused_expires_at IS NOT NULL AND last_used_at IS NULL AND state IN ('active', 'suspended');
CREATE INDEX app_passwords_by_idleness ON app_passwords ((COALESCE(last_used_at, created_at) + idle_expiry))
  WHERE idle_expiry IS NOT NULL AND state IN ('active', 'suspended');
CREATE INDEX app_passwords_by_overlap ON app_passwords (overlap_ends_at)
  WHERE overlap_ends_at IS NOT NULL AND state IN ('active', 'suspended');

-- One name space for users and for app passwords that have a login name of their own.
CREATE TABLE login_names (
  name TEXT ${binary} NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  app_password_id TEXT UNIQUE REFERENCES app_passwords (id) ON DELETE CASCADE,
  version BIGINT NOT NULL,
  signature TEXT NOT NULL
);

CREATE INDEX login_names_by_user ON login_names (user_id);

CREATE TABLE upstream_passwords (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  upstream TEXT NOT NULL,
  version BIGINT NOT NULL,
  sealed TEXT NOT NULL,
  signature TEXT NOT NULL,
  PRIMARY KEY (user_id, upstream)
);

-- What app passwords may be, where that differs from the configuration: of one user, of a group, of
-- a domain, or of the site. The subject is a user's id, a name, or nothing. What the rules of one
-- leave open, the next wider policy says.
CREATE TABLE policies (
  kind TEXT NOT NULL CHECK (kind IN ('user', 'group', 'domain', 'site')),
  subject TEXT ${binary} NOT NULL,
  rules TEXT NOT NULL,
  version BIGINT NOT NULL,
  signature TEXT NOT NULL,
  PRIMARY KEY (kind, subject)
);

-- The change feed. Numbers come from the counter, in the transaction that makes the change, so they
-- are committed in order and without gaps; a sequence would not be.
CREATE TABLE changes (
  number BIGINT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL,
  login_name TEXT,
  at BIGINT NOT NULL
);

CREATE INDEX changes_by_time ON changes (at);

CREATE TABLE change_counter (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  number BIGINT NOT NULL
);

INSERT INTO change_counter (id, number) VALUES (1, 0);

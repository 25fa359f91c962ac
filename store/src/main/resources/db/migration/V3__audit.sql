-- The record of what happened. Nothing here is ever changed by hand: rows are added, folded, and
-- taken away when they are too old or too many, or when a person is erased.

-- Login attempts. Those that are the same in everything but their time are one row for each hour;
-- fold is a digest of what they have in common. No foreign keys: the record outlives its subjects.
CREATE TABLE sign_ins (
  fold TEXT ${binary} NOT NULL PRIMARY KEY,
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  -- Of a user, or 'erased-…' after that user was erased. NULL: nobody has the name.
  user_id TEXT ${binary},
  -- Of a name that nobody has: HMAC under a key outside the database, and what follows its @. Both
  -- NULL if the name may have been a secret, or was none.
  name_digest TEXT ${binary},
  domain TEXT ${binary},
  credential_id TEXT,
  protocol TEXT NOT NULL,
  mechanism TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  -- 4 or 6 and the address in hexadecimal, so that a network is a range. NULL: from various.
  peer TEXT ${binary},
  client TEXT NOT NULL,
  upstream TEXT
);

CREATE INDEX sign_ins_by_time ON sign_ins (last_at, fold);
CREATE INDEX sign_ins_by_user ON sign_ins (user_id, last_at);
CREATE INDEX sign_ins_by_peer ON sign_ins (peer, last_at);
CREATE INDEX sign_ins_of_nobody ON sign_ins (last_at) WHERE user_id IS NULL;
CREATE INDEX sign_ins_by_domain ON sign_ins (domain, last_at) WHERE user_id IS NULL;
CREATE INDEX sign_ins_refused ON sign_ins (last_at) WHERE outcome <> 'accepted';

-- What people changed, and alarms (by 'system'). Written in the transaction of the change itself.
CREATE TABLE admin_changes (
  -- Sorts by time, then by order within it.
  id TEXT ${binary} NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  role TEXT NOT NULL,
  channel TEXT NOT NULL,
  action TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  subject_name TEXT ${binary},
  -- Whose it is, where the subject is a user's.
  user_id TEXT ${binary},
  -- The subject as JSON, without secrets; NULL where there was none.
  before TEXT,
  after TEXT,
  reason TEXT,
  -- The same alarm is told once an hour.
  alarm TEXT UNIQUE
);

CREATE INDEX admin_changes_by_time ON admin_changes (at);
CREATE INDEX admin_changes_by_user ON admin_changes (user_id, id);

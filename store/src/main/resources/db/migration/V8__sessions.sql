-- What a change is about. 'user': rows of one. 'kick': the sessions that detail describes end.
-- 'bans': who is banned. Programs of before take the others for changes of a user that nobody has,
-- since their user_id is empty.
ALTER TABLE changes ADD COLUMN kind TEXT NOT NULL DEFAULT 'user';
ALTER TABLE changes ADD COLUMN detail TEXT;

-- Who is logged in, at which node. Each node writes its own rows; those of nodes that are gone are
-- taken away by the others. Names stay in users. The peer is as in sign_ins.
CREATE TABLE sessions (
  node_id TEXT ${binary} NOT NULL,
  id TEXT ${binary} NOT NULL,
  user_id TEXT NOT NULL,
  credential_id TEXT NOT NULL,
  protocol TEXT NOT NULL,
  peer TEXT ${binary} NOT NULL,
  peer_port INTEGER NOT NULL,
  local_address TEXT NOT NULL,
  local_port INTEGER NOT NULL,
  upstream TEXT,
  client TEXT NOT NULL,
  state TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  bytes_up BIGINT NOT NULL,
  bytes_down BIGINT NOT NULL,
  PRIMARY KEY (node_id, id)
);

CREATE INDEX sessions_by_time ON sessions (started_at, node_id, id);
CREATE INDEX sessions_by_user ON sessions (user_id);

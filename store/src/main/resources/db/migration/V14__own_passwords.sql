-- When a client of somebody who still logs in with his own password was last told that this will end.
CREATE TABLE own_password_notices (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  protocol TEXT NOT NULL,
  told_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, protocol)
);

-- Networks that people have spoken for or against. Signed: nobody but Postern keeps a client out or
-- exempts one. Versions count up with the change feed, also over a row that was taken away.
CREATE TABLE bans (
  network TEXT ${binary} NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('deny', 'allow')),
  reason TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  ends_at BIGINT,
  version BIGINT NOT NULL,
  signature TEXT NOT NULL,
  PRIMARY KEY (network, kind)
);

-- How each running node finds each upstream. A node writes its own rows, every few seconds; those of
-- nodes that are gone are taken away by the others. Logins under way and waiting are those of the
-- whole upstream, whatever their protocol. Times are of the node's clock but for seen_at, which is
-- of the database's.
CREATE TABLE upstream_states (
  node_id TEXT ${binary} NOT NULL,
  upstream TEXT ${binary} NOT NULL,
  protocol TEXT NOT NULL,
  open_since BIGINT,
  failed_at BIGINT,
  failure_cause TEXT,
  failure_detail TEXT,
  last_login_at BIGINT,
  logins_under_way INTEGER NOT NULL,
  logins_waiting INTEGER NOT NULL,
  logins_most INTEGER NOT NULL,
  sessions INTEGER NOT NULL,
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (node_id, upstream, protocol)
);

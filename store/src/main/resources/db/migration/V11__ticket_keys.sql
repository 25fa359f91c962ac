-- What TLS session tickets are sealed with, for all nodes of a site: sealed, and twelve hours old at
-- most. Not logged, so that no base backup and no archived log holds them; empty where there is one
-- node, which keeps them in memory.
CREATE ${unlogged} TABLE ticket_keys (
  period BIGINT PRIMARY KEY,
  sealed TEXT NOT NULL
);

-- What webhooks are told of, and whom: so that neither a stop nor a crash loses an event, and another
-- node goes on where one has died. Nothing here is secret, and none of it decides about a login.

-- Whoever is in some node's configuration. Its name is an HMAC of its address under its secret, of
-- which neither can be had back.
CREATE TABLE webhook_receivers (
  receiver TEXT ${binary} NOT NULL PRIMARY KEY,
  -- Words with a comma before and behind each.
  events TEXT NOT NULL,
  -- By a node that has it; by the database's clock, as the other times here.
  seen_at BIGINT NOT NULL,
  -- The one node that brings it what waits, and until when it may.
  holder TEXT NOT NULL DEFAULT '',
  held_until BIGINT NOT NULL DEFAULT 0
);

-- What waits. Written in the transaction of what happened, where there is one.
CREATE TABLE webhook_events (
  receiver TEXT ${binary} NOT NULL REFERENCES webhook_receivers (receiver) ON DELETE CASCADE,
  -- Sorts by time, then by order within it.
  id TEXT ${binary} NOT NULL,
  event TEXT NOT NULL,
  told_at BIGINT NOT NULL,
  -- Of whom it tells, so that it goes when that user is erased.
  user_id TEXT ${binary},
  -- As it is sent.
  body TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  due_at BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (receiver, id)
);

CREATE INDEX webhook_events_by_user ON webhook_events (user_id);

-- What was told and is not to be told again for a while.
CREATE TABLE webhook_marks (
  mark TEXT ${binary} NOT NULL PRIMARY KEY,
  ends_at BIGINT NOT NULL
);

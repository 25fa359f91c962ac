-- What users let us do at an upstream: a refresh token, sealed. A row stays when it has ended, so
-- that an older one that is put back is noticed. refreshed_at is not signed: it is for keeping
-- tokens warm, and decides about nobody.
CREATE TABLE oauth_accounts (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  upstream TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('connected', 'needs-consent', 'disconnected')),
  state_reason TEXT NOT NULL,
  state_at BIGINT NOT NULL,
  subject TEXT,
  -- Whose registration at which provider the refresh token is for; no other ever sees it.
  registration TEXT NOT NULL,
  connected_at BIGINT NOT NULL,
  connected_by TEXT NOT NULL,
  -- Counts up with every new refresh token.
  generation BIGINT NOT NULL,
  sealed TEXT NOT NULL,
  version BIGINT NOT NULL,
  signature TEXT NOT NULL,
  refreshed_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, upstream)
);

CREATE INDEX oauth_accounts_by_refresh ON oauth_accounts (refreshed_at) WHERE state = 'connected';

-- Who asks a provider for an account's token, and until when. An access token that other nodes wait
-- for is handed over here, sealed, for a minute; not logged, so that no backup holds it.
CREATE ${unlogged} TABLE oauth_leases (
  account TEXT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL,
  ends_at BIGINT NOT NULL,
  handed TEXT,
  handed_number BIGINT NOT NULL DEFAULT 0,
  handed_until BIGINT NOT NULL DEFAULT 0,
  expires_at BIGINT NOT NULL DEFAULT 0
);

-- Links by which people consent in a browser. What was agreed on with each, and its secret half (PKCE),
-- is sealed, and bound to the user and the upstream. The state itself is not here, so that whoever
-- reads the table cannot follow a link.
CREATE TABLE oauth_links (
  state_digest TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  upstream TEXT NOT NULL,
  sealed TEXT NOT NULL,
  -- For tidying up; the link itself knows when it ends.
  ends_at BIGINT NOT NULL
);

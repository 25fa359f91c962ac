-- When a consent that had ended by a rule of the provider's was last tried again; 0: never.
ALTER TABLE oauth_accounts ADD COLUMN tried_at BIGINT NOT NULL DEFAULT 0;

-- How the last use came, and when the secret was last sent without TLS by somebody who knew it.
-- Like the other facts about uses they decide about no login, so they are not signed.
ALTER TABLE app_passwords ADD COLUMN last_used_protection TEXT;
ALTER TABLE app_passwords ADD COLUMN exposed_at BIGINT;

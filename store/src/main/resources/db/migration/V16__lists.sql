-- Lists. Each index ends in the key by which its list is ordered, so that a page is found at once
-- however many rows there are and fit.
DROP INDEX users_by_group;
CREATE INDEX users_by_group ON users (group_name, name);
-- What stands behind the last @ of the name, or all of it. It is asked for in just these words.
CREATE INDEX users_by_domain ON users ((substr(name, length(rtrim(name, replace(name, '@', ''))) + 1)), name);
CREATE INDEX users_disabled ON users (name) WHERE disabled_at IS NOT NULL;
CREATE INDEX users_protected ON users (name) WHERE protected = 1;

DROP INDEX app_passwords_by_user;
CREATE INDEX app_passwords_by_user ON app_passwords (user_id, id);
-- One for each state, not one for all: what asks for two states at once must not think of it.
CREATE INDEX app_passwords_active ON app_passwords (id) WHERE state = 'active';
CREATE INDEX app_passwords_suspended ON app_passwords (id) WHERE state = 'suspended';
CREATE INDEX app_passwords_revoked ON app_passwords (id) WHERE state = 'revoked';
CREATE INDEX app_passwords_expired ON app_passwords (id) WHERE state = 'expired';
CREATE INDEX app_passwords_legacy ON app_passwords (id) WHERE lane = 'legacy';

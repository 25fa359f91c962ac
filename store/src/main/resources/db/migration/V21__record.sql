-- What the record is looked through for: what few rows have must be found without reading the others.
CREATE INDEX admin_changes_by_name ON admin_changes (subject_name) WHERE subject_kind = 'user';
CREATE INDEX admin_changes_by_actor ON admin_changes (actor, id);
CREATE INDEX admin_changes_by_action ON admin_changes (action, id);
CREATE INDEX sign_ins_by_reason ON sign_ins (reason, last_at, fold);

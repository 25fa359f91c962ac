-- Whether hashes of other systems were ever imported, so that a secret of any shape may be
-- somebody's: 1 if there are any, or keyed digests of what was typed, which they become.
ALTER TABLE change_counter ADD COLUMN has_imports INTEGER NOT NULL DEFAULT 0;

UPDATE change_counter SET has_imports = 1
WHERE EXISTS (
  SELECT 1 FROM app_passwords
  WHERE substr(secret, 1, 18) = '$postern-imported$'
      OR secret LIKE '$postern-hmac-sha256$k=%,o=typed$%');

UPDATE meta SET value = '5' WHERE name = 'oldest-program';

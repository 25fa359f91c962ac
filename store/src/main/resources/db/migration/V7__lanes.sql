-- What an app password was made for: logins over TLS of today, or also those of devices that speak
-- a retired version or none. It is signed where it is not the ordinary one.
ALTER TABLE app_passwords ADD COLUMN lane TEXT NOT NULL DEFAULT 'ordinary'
  CHECK (lane IN ('ordinary', 'legacy'));

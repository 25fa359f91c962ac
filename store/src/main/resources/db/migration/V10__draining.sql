-- Since when a node takes no more logins; limits that nodes share are not shared with it.
ALTER TABLE nodes ADD COLUMN draining_since BIGINT;

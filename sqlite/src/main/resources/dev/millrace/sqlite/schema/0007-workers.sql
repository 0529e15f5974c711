-- Workers that are told to claim nothing more, and workers whose beats come over HTTP.

ALTER TABLE worker ADD COLUMN draining INTEGER NOT NULL DEFAULT 0;

-- How long its beat may stand still, where it asked for a lease of its own; 0 where observers go by
-- theirs.
ALTER TABLE worker ADD COLUMN lease_millis INTEGER NOT NULL DEFAULT 0;

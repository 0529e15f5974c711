-- Keys that jobs hold, times to live, requests to cancel, and what people set on queues.

-- What else a job was told, as a small JSON object; null when nothing.
ALTER TABLE job ADD COLUMN terms TEXT;

-- until: held until this moment; null: until the job has ended or is discarded.
CREATE TABLE key_hold (
  scope INTEGER NOT NULL,
  key TEXT NOT NULL,
  job_id INTEGER NOT NULL,
  until INTEGER,
  fingerprint TEXT NOT NULL,
  PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX key_hold_live ON key_hold (job_id) WHERE until IS NULL;
CREATE INDEX key_hold_until ON key_hold (until) WHERE until IS NOT NULL;

-- When jobs that have not started are worth nothing any more; rows may outlive their jobs.
CREATE TABLE expiry (
  expires_at INTEGER NOT NULL,
  job_id INTEGER NOT NULL,
  PRIMARY KEY (expires_at, job_id)
) STRICT, WITHOUT ROWID;

-- Asked for while the job ran; rows may outlive their jobs.
CREATE TABLE cancel_request (
  job_id INTEGER PRIMARY KEY,
  requested_at INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT;

-- Rows are never removed, so that an id means one queue for ever.
CREATE TABLE queue_control (
  queue TEXT NOT NULL PRIMARY KEY,
  id INTEGER NOT NULL,
  paused INTEGER NOT NULL,
  max_running INTEGER CHECK (max_running BETWEEN 1 AND 1000000)
) STRICT, WITHOUT ROWID;

-- limited: 0, or the id of the queue's control when the claim was made under a limit.
ALTER TABLE running ADD COLUMN limited INTEGER NOT NULL DEFAULT 0;
CREATE INDEX running_limited ON running (limited) WHERE limited > 0;

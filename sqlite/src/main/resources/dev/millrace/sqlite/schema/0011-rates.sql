-- Whether a queue's jobs without keys are claimed only once they are admitted, for a rate or limit
-- that they share; follows from queue_limit, and is where claims look.
ALTER TABLE queue_control ADD COLUMN gated INTEGER NOT NULL DEFAULT 0;

-- Keys of which nothing is admitted before a moment, in microseconds, as some job said.
CREATE TABLE key_pause (
  queue TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (queue, name, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX key_pause_until ON key_pause (until);

-- What running jobs leave behind: rows only for jobs that report or are sent a signal. Whatever
-- such a job leaves in the other tables here, it has a row in attempt_state too.

ALTER TABLE worker ADD COLUMN stuck INTEGER NOT NULL DEFAULT 0;

-- Long texts come last, so that progress is read without them. log_chars: of the lines kept.
CREATE TABLE attempt_state (
  job_id INTEGER PRIMARY KEY,
  done INTEGER,
  total INTEGER,
  per_second REAL,
  progress_at INTEGER,
  message TEXT,
  log_chars INTEGER NOT NULL DEFAULT 0,
  stack_at INTEGER,
  checkpoint INTEGER,
  checkpoint_at INTEGER,
  checkpoint_text TEXT,
  stack TEXT
) STRICT;

-- lines: a JSON array of [moment, level, message].
CREATE TABLE job_log (
  job_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  chars INTEGER NOT NULL,
  lines TEXT NOT NULL,
  PRIMARY KEY (job_id, number)
) STRICT;

CREATE TABLE job_step (
  job_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  place INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  at INTEGER NOT NULL,
  result TEXT NOT NULL,
  PRIMARY KEY (job_id, name)
) STRICT;

-- seq: 1 for the job's first.
CREATE TABLE job_signal (
  job_id INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  name TEXT NOT NULL,
  payload TEXT NOT NULL,
  PRIMARY KEY (job_id, seq)
) STRICT;

-- A job waits for a signal while it stands in scheduled at this very moment; rows may be stale.
CREATE TABLE signal_wait (
  job_id INTEGER PRIMARY KEY,
  run_at INTEGER NOT NULL,
  signal TEXT NOT NULL
) STRICT;

-- Stacks of running jobs that somebody wants to see; dropped when answered or old.
CREATE TABLE stack_request (
  job_id INTEGER PRIMARY KEY,
  asked_at INTEGER NOT NULL
) STRICT;

-- Jobs and where they stand. Moments are microseconds since 1970, in UTC.
-- rank is 9 minus priority, so that a lane's primary key is the order in which its jobs run.

CREATE TABLE counter (
  name TEXT NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counter (name, value)
VALUES ('job', 0), ('position', 0), ('history', 0), ('worker', 0);

-- What claims choose by; rows are never changed or removed.
CREATE TABLE lane (
  id INTEGER PRIMARY KEY,
  queue TEXT NOT NULL,
  kind TEXT NOT NULL,
  version INTEGER NOT NULL,
  UNIQUE (queue, kind, version)
) STRICT;

-- The body of a job, written once. pos is the first available position, null if it came later.
CREATE TABLE job (
  id INTEGER PRIMARY KEY,
  lane INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  max_attempts INTEGER NOT NULL,
  pos INTEGER,
  created_at INTEGER NOT NULL,
  payload TEXT NOT NULL,
  retry TEXT,
  tags TEXT
) STRICT;

-- again: entered otherwise than by its enqueue, so job.pos does not lead here.
CREATE TABLE available (
  lane INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  pos INTEGER NOT NULL,
  job_id INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  rescues INTEGER NOT NULL,
  again INTEGER NOT NULL,
  PRIMARY KEY (lane, rank, pos)
) STRICT, WITHOUT ROWID;
CREATE INDEX available_again ON available (job_id) WHERE again = 1;

CREATE TABLE scheduled (
  run_at INTEGER NOT NULL,
  job_id INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  rescues INTEGER NOT NULL,
  backing_off INTEGER NOT NULL,
  PRIMARY KEY (run_at, job_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX scheduled_lane ON scheduled (lane, job_id);

CREATE TABLE running (
  worker_id INTEGER NOT NULL,
  job_id INTEGER NOT NULL,
  claim_id INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  rescues INTEGER NOT NULL,
  claimed_at INTEGER NOT NULL,
  PRIMARY KEY (worker_id, job_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE discarded (
  job_id INTEGER PRIMARY KEY,
  lane INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX discarded_lane ON discarded (lane);

-- One row for each ended attempt; seq only grows.
CREATE TABLE history (
  job_id INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  claim_id INTEGER NOT NULL,
  worker_id INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  outcome INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  error TEXT,
  result TEXT,
  PRIMARY KEY (job_id, seq)
) STRICT, WITHOUT ROWID;

-- locked: the worker said that it holds the lock on its file beside the database.
CREATE TABLE worker (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  queues TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  beat INTEGER NOT NULL,
  beat_at INTEGER NOT NULL,
  running INTEGER NOT NULL,
  locked INTEGER NOT NULL,
  dead INTEGER NOT NULL
) STRICT;

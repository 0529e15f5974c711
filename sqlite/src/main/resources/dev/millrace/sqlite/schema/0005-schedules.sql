-- Schedules, what they did, and who leads. Moments are microseconds since 1970.

-- What a schedule is; changed by people and by code. definition: a JSON text.
CREATE TABLE schedule (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  declared INTEGER NOT NULL,
  name TEXT NOT NULL UNIQUE,
  queue TEXT NOT NULL,
  kind TEXT NOT NULL,
  definition TEXT NOT NULL
) STRICT;

-- Where it stands; changed with each tick.
CREATE TABLE schedule_state (
  schedule_id INTEGER PRIMARY KEY,
  revision INTEGER NOT NULL,
  due_at INTEGER,
  next_at INTEGER,
  awaited INTEGER,
  queued_at INTEGER,
  last_at INTEGER,
  last_job INTEGER,
  paused INTEGER NOT NULL
) STRICT;
CREATE INDEX schedule_due ON schedule_state (due_at, schedule_id)
  WHERE paused = 0 AND due_at IS NOT NULL;
CREATE INDEX schedule_awaited ON schedule_state (awaited) WHERE awaited IS NOT NULL;
CREATE INDEX schedule_ended ON schedule_state (coalesce(last_at, 0))
  WHERE due_at IS NULL AND paused = 0;

-- A schedule ticks once at a moment. job_id: null for a tick passed over.
CREATE TABLE tick (
  schedule_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  job_id INTEGER,
  triggered INTEGER NOT NULL,
  PRIMARY KEY (schedule_id, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX tick_at ON tick (at);

-- holder: empty when it was laid down.
CREATE TABLE lease (
  name TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  beat INTEGER NOT NULL,
  since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

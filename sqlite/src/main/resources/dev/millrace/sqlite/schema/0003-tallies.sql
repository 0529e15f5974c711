-- What happened in queues, in numbers. minute: whole minutes since 1970.

-- What processes counted, as they sent it; summed into tally a few minutes later.
CREATE TABLE tally_delta (
  id INTEGER PRIMARY KEY,
  minute INTEGER NOT NULL,
  queue TEXT NOT NULL,
  enqueued INTEGER NOT NULL,
  delayed INTEGER NOT NULL,
  completed INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  discarded INTEGER NOT NULL,
  cancelled INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  run_millis INTEGER NOT NULL
) STRICT;
CREATE INDEX tally_delta_minute ON tally_delta (minute);

-- span: the minutes that a row stands for, 1 or 60.
CREATE TABLE tally (
  span INTEGER NOT NULL,
  minute INTEGER NOT NULL,
  queue TEXT NOT NULL,
  enqueued INTEGER NOT NULL,
  delayed INTEGER NOT NULL,
  completed INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  discarded INTEGER NOT NULL,
  cancelled INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  run_millis INTEGER NOT NULL,
  PRIMARY KEY (span, minute, queue)
) STRICT, WITHOUT ROWID;

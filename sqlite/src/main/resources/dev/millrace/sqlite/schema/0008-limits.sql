-- Jobs with keys. They enter the lane of their gate, which no claim looks at; from there they are
-- moved into the lane of the admitted, or into a line, which is a lane of its own below 0.

-- gate: 0 where jobs without keys wait, 1 where those with keys enter, 2 where they are admitted.
CREATE TABLE gated_lane (
  id INTEGER PRIMARY KEY,
  queue TEXT NOT NULL,
  kind TEXT NOT NULL,
  version INTEGER NOT NULL,
  gate INTEGER NOT NULL,
  UNIQUE (queue, kind, version, gate)
) STRICT;
INSERT INTO gated_lane (id, queue, kind, version, gate) SELECT id, queue, kind, version, 0 FROM lane;
DROP TABLE lane;
ALTER TABLE gated_lane RENAME TO lane;

-- The line of a key that was full: its jobs stand in available, in lane -id.
CREATE TABLE limit_line (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  queue TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  UNIQUE (queue, name, value)
) STRICT;

-- So that whoever lists jobs meets those in lines in the order of all others.
CREATE INDEX available_blocked ON available (rank, pos) WHERE lane < 0;

-- What limits a queue now, a line of text for each limit, and what code declared last.
CREATE TABLE queue_limit (
  queue TEXT NOT NULL PRIMARY KEY,
  definition TEXT NOT NULL,
  declared TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Of running rows, limited is below 0 for jobs with keys: -1 minus what it would be without.
CREATE INDEX running_keyed ON running (limited) WHERE limited < 0;

-- Jobs that belong together. A job names its batch in its terms; jobs outside any have no row here.

-- id: of the same numbers as those of jobs. item_key: null unless it is an item of a pipeline, which
-- name says then. holds: its key belongs to it. state: 0 filling, 1 waiting, 2 completed, 3 failed,
-- 4 cancelled. on_done, on_completed, on_failed: jobs that stand in scheduled, due in the year 9999,
-- until they are made available; 0 for none. joins: on_done becomes the last member then.
CREATE TABLE batch (
  id INTEGER PRIMARY KEY,
  parent INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  added INTEGER NOT NULL,
  completed INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  cancelled INTEGER NOT NULL,
  on_done INTEGER NOT NULL,
  on_completed INTEGER NOT NULL,
  on_failed INTEGER NOT NULL,
  state INTEGER NOT NULL,
  cancelling INTEGER NOT NULL,
  holds INTEGER NOT NULL,
  joins INTEGER NOT NULL,
  name TEXT NOT NULL,
  item_key TEXT,
  ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX batch_held ON batch (name, item_key) WHERE holds = 1;
CREATE INDEX batch_item ON batch (name, item_key, id) WHERE item_key IS NOT NULL;
CREATE INDEX batch_items ON batch (name, id) WHERE item_key IS NOT NULL;
CREATE INDEX batch_item_state ON batch (name, state, id) WHERE item_key IS NOT NULL;
CREATE INDEX batch_plain ON batch (id) WHERE item_key IS NULL;
CREATE INDEX batch_plain_state ON batch (state, id) WHERE item_key IS NULL;
CREATE INDEX batch_plain_name ON batch (name, id) WHERE item_key IS NULL;
CREATE INDEX batch_cancelling ON batch (id) WHERE cancelling = 1 AND ended_at IS NULL;
CREATE INDEX batch_ended ON batch (ended_at) WHERE ended_at IS NOT NULL;

-- state: 0 open, 1 completed, 2 failed, 3 cancelled. nested: the member is a batch.
CREATE TABLE batch_member (
  batch_id INTEGER NOT NULL,
  member_id INTEGER NOT NULL,
  state INTEGER NOT NULL,
  nested INTEGER NOT NULL,
  PRIMARY KEY (batch_id, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_member_open ON batch_member (batch_id, member_id) WHERE state = 0;

-- What was added and counted, a row for each batch and transaction, until it is added up.
CREATE TABLE batch_delta (
  id INTEGER PRIMARY KEY,
  batch_id INTEGER NOT NULL,
  added INTEGER NOT NULL,
  completed INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  cancelled INTEGER NOT NULL
) STRICT;
CREATE INDEX batch_delta_batch ON batch_delta (batch_id);

-- Few rows. plan: how the pipeline is built, as JSON, for people to see.
CREATE TABLE pipeline (
  name TEXT NOT NULL PRIMARY KEY,
  plan TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Jobs that belong together. A job names its batch in its terms; jobs outside any have no row here.

-- id: of the same numbers as those of jobs. item_key: null unless it is an item of a pipeline, which
-- name says then. holds: its key belongs to it. state: 0 filling, 1 waiting, 2 completed, 3 failed,
-- 4 cancelled. on_done, on_completed, on_failed: jobs that stand in scheduled, due in the year 9999,
-- until they are made available; 0 for none. joins: on_done becomes the last member then.
create table {schema}.batch (
    id bigint primary key,
    parent bigint not null,
    created_at timestamptz not null,
    added bigint not null,
    completed bigint not null,
    failed bigint not null,
    cancelled bigint not null,
    on_done bigint not null,
    on_completed bigint not null,
    on_failed bigint not null,
    state smallint not null,
    cancelling boolean not null,
    holds boolean not null,
    joins boolean not null,
    name text not null,
    item_key text collate "C",
    ended_at timestamptz
) with (
    fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0, vacuum_truncate = false
);
create unique index batch_held on {schema}.batch (name, item_key) where holds;
create index batch_item on {schema}.batch (name, item_key, id) where item_key is not null;
create index batch_items on {schema}.batch (name, id) where item_key is not null;
create index batch_item_state on {schema}.batch (name, state, id) where item_key is not null;
create index batch_plain on {schema}.batch (id) where item_key is null;
create index batch_plain_state on {schema}.batch (state, id) where item_key is null;
create index batch_plain_name on {schema}.batch (name, id) where item_key is null;
create index batch_cancelling on {schema}.batch (id) where cancelling and ended_at is null;
create index batch_ended on {schema}.batch (ended_at) where ended_at is not null;

-- state: 0 open, 1 completed, 2 failed, 3 cancelled. nested: the member is a batch.
create table {schema}.batch_member (
    batch_id bigint not null,
    member_id bigint not null,
    state smallint not null,
    nested boolean not null,
    primary key (batch_id, member_id)
) with (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0, vacuum_truncate = false
);
create index batch_member_open on {schema}.batch_member (batch_id, member_id) where state = 0;

-- What was added and counted, a row for each batch and transaction, until it is added up.
create table {schema}.batch_delta (
    id bigint generated always as identity primary key,
    batch_id bigint not null,
    added int not null,
    completed int not null,
    failed int not null,
    cancelled int not null
) with (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0, vacuum_truncate = false
);
create index batch_delta_batch on {schema}.batch_delta (batch_id);

-- Few rows. plan: how the pipeline is built, as JSON, for people to see.
create table {schema}.pipeline (
    name text primary key,
    plan text not null
);

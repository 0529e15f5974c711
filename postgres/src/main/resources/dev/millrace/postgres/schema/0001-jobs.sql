-- Where a job stands is which table holds its position row: available, scheduled, running or
-- discarded. Its body is written once; its history is only appended. Columns are ordered by
-- size, and hot tables have at most eight columns or no nulls, so that rows carry no padding.

-- One row for each (queue, kind, version) that ever had a job. Few rows, never deleted.
create table {schema}.lane (
    id int generated always as identity primary key,
    queue text not null,
    kind text not null,
    version int not null,
    unique (queue, kind, version)
);

-- Job ids in blocks of 32: block b stands for the ids 32 (b - 1) + 1 to 32 b.
create sequence {schema}.job_id_block as bigint;

-- Positions: (next value * 65536) + place within the statement.
create sequence {schema}.position as bigint maxvalue 140737488355327;

-- The body. pos is its first available position, 0 when it was delayed. retry and tags are empty
-- when not given; tags are joined by commas.
create table {schema}.job (
    id bigint primary key,
    pos bigint not null,
    created_at timestamptz not null,
    lane int not null,
    priority smallint not null,
    max_attempts smallint not null,
    payload text not null,
    retry text not null,
    tags text not null
);

-- again: entered otherwise than by its enqueue, so that job.pos does not lead here.
create table {schema}.available (
    pos bigint not null,
    job_id bigint not null,
    lane int not null,
    priority smallint not null,
    attempt smallint not null,
    rescues smallint not null,
    again boolean not null,
    primary key (lane, priority, pos)
) with (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000
);
create index available_again on {schema}.available (job_id) where again;

create table {schema}.scheduled (
    run_at timestamptz not null,
    job_id bigint not null,
    lane int not null,
    priority smallint not null,
    attempt smallint not null,
    rescues smallint not null,
    backing_off boolean not null,
    primary key (run_at, job_id)
) with (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0
);
create index scheduled_lane on {schema}.scheduled (lane, job_id);

create table {schema}.running (
    job_id bigint not null,
    claim_id bigint not null,
    claimed_at timestamptz not null,
    worker_id int not null,
    attempt smallint not null,
    rescues smallint not null,
    primary key (worker_id, job_id)
) with (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 100000
);

create table {schema}.discarded (
    job_id bigint primary key,
    discarded_at timestamptz not null,
    lane int not null,
    attempt smallint not null
);
create index discarded_lane on {schema}.discarded (lane, job_id);

-- One row for each ended attempt. detail: result, error type, error message, error stack.
create table {schema}.history (
    job_id bigint not null,
    claim_id bigint not null,
    started_at timestamptz not null,
    ended_at timestamptz not null,
    worker_id int not null,
    attempt smallint not null,
    outcome smallint not null,
    detail text[]
);
create index history_job on {schema}.history (job_id);

-- locked: it says that it holds its liveness lock. queues: name=slots, joined by commas.
create table {schema}.worker (
    id int generated always as identity primary key,
    name text not null,
    version text not null,
    queues text not null,
    beat bigint not null,
    running int not null,
    locked boolean not null,
    dead boolean not null,
    started_at timestamptz not null,
    last_beat_at timestamptz not null
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

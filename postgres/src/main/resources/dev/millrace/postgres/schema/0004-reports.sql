-- What running jobs leave behind: rows only for jobs that report, wait for a signal or are sent
-- one. Whatever such a job leaves in the other tables here, it has a row in attempt_state too.

-- Updated often, never in an indexed column. log_chars: of the lines kept. parts: about how many
-- rows it has in job_log and job_step.
create table {schema}.attempt_state (
    job_id bigint primary key,
    progress_at timestamptz,
    done bigint,
    total bigint,
    per_second double precision,
    checkpoint bigint,
    checkpoint_at timestamptz,
    stack_at timestamptz,
    log_chars int not null default 0,
    parts int not null default 0,
    message text,
    checkpoint_text text,
    stack text
) with (
    fillfactor = 50, vacuum_truncate = false,
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0
);

-- lines: a JSON array of [moment, level, message].
create table {schema}.job_log (
    job_id bigint not null,
    number bigint not null,
    chars int not null,
    lines text not null,
    primary key (job_id, number)
) with (
    vacuum_truncate = false, autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0
);

create table {schema}.job_step (
    job_id bigint not null,
    at timestamptz not null,
    place int not null,
    tries int not null,
    name text collate "C" not null,
    result text not null,
    primary key (job_id, name)
) with (
    vacuum_truncate = false, autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0
);

-- seq: 1 for the job's first.
create table {schema}.job_signal (
    job_id bigint not null,
    at timestamptz not null,
    seq int not null,
    name text collate "C" not null,
    payload text not null,
    primary key (job_id, seq)
) with (
    vacuum_truncate = false, autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0
);

-- A job waits for a signal while it stands in scheduled at this very moment; rows may be stale.
create table {schema}.signal_wait (
    job_id bigint primary key,
    run_at timestamptz not null,
    signal text collate "C" not null
) with (
    vacuum_truncate = false, autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0
);

-- Stacks of running jobs that somebody wants to see; dropped when answered or old.
create table {schema}.stack_request (
    job_id bigint primary key,
    asked_at timestamptz not null
) with (
    vacuum_truncate = false, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000
);

-- Threads of jobs that it has given up and that do not end.
alter table {schema}.worker add column stuck int not null default 0;

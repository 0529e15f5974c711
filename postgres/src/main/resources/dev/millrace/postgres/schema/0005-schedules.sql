-- Schedules, what they did, and who leads. Moments here are microseconds since 1970.

-- What a schedule is; changed by people and by code. definition: a JSON text.
create table {schema}.schedule (
    id bigint generated always as identity primary key,
    created_at bigint not null,
    changed_at bigint not null,
    version int not null,
    declared boolean not null,
    name text collate "C" not null unique,
    queue text not null,
    kind text not null,
    definition text not null
);

-- Where it stands; changed with each tick.
create table {schema}.schedule_state (
    schedule_id bigint primary key,
    revision bigint not null,
    due_at bigint,
    next_at bigint,
    awaited bigint,
    queued_at bigint,
    last_at bigint,
    last_job bigint,
    paused boolean not null
) with (
    fillfactor = 80, vacuum_truncate = false, autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0
);
create index schedule_due on {schema}.schedule_state (due_at, schedule_id)
    where not paused and due_at is not null;
create index schedule_awaited on {schema}.schedule_state (awaited) where awaited is not null;
create index schedule_ended on {schema}.schedule_state ((coalesce(last_at, 0)))
    where due_at is null and not paused;

-- A schedule ticks once at a moment. job_id: null for a tick passed over.
create table {schema}.tick (
    schedule_id bigint not null,
    at bigint not null,
    job_id bigint,
    triggered boolean not null,
    primary key (schedule_id, at)
);
create index tick_at on {schema}.tick (at);

-- holder: empty when it was laid down.
create table {schema}.lease (
    epoch bigint not null,
    beat bigint not null,
    since bigint not null,
    name text collate "C" primary key,
    holder text not null
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

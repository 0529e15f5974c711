-- Whether a queue's jobs without keys are claimed only once they are admitted, for a rate or limit
-- that they share; follows from queue_limit, and is where claims look.
alter table {schema}.queue_control add column gated boolean not null default false;

-- Keys of which nothing is admitted before a moment, as some job said.
create table {schema}.key_pause (
    queue text not null,
    name text not null,
    value text not null,
    until timestamptz not null,
    primary key (queue, name, value)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
create index key_pause_until on {schema}.key_pause (until);

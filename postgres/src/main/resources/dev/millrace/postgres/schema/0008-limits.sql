-- Jobs with keys. They enter the lane of their gate, which no claim looks at; from there they are
-- moved into the lane of the admitted, or into a line, which is a lane of its own below 0.

-- gate: 0 where jobs without keys wait, 1 where those with keys enter, 2 where they are admitted.
alter table {schema}.lane add column gate smallint not null default 0;
alter table {schema}.lane drop constraint lane_queue_kind_version_key;
alter table {schema}.lane add unique (queue, kind, version, gate);

-- The line of a key that was full: its jobs stand in available, in lane -id.
create table {schema}.limit_line (
    id int generated always as identity primary key,
    queue text not null,
    name text not null,
    value text not null,
    unique (queue, name, value)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- So that whoever lists jobs meets those in lines in the order of all others.
create index available_blocked on {schema}.available ((-priority), pos) where lane < 0;

-- What limits a queue now, a line of text for each limit, and what code declared last.
create table {schema}.queue_limit (
    queue text primary key,
    definition text not null,
    declared text not null
);

-- Of running rows, limited is below 0 for jobs with keys: -1 minus what it would be without.
create index running_keyed on {schema}.running (limited) where limited < 0;

create or replace function {schema}.fresh_lane(queue text, kind text, version int) returns int
language plpgsql volatile set search_path = pg_catalog, pg_temp as $millrace$
declare
    found_lane int;
begin
    loop
        select l.id into found_lane from {schema}.lane as l
        where l.queue = fresh_lane.queue and l.kind = fresh_lane.kind
            and l.version = fresh_lane.version and l.gate = 0;
        exit when found;
        insert into {schema}.lane as l (queue, kind, version)
        values (fresh_lane.queue, fresh_lane.kind, fresh_lane.version)
        on conflict do nothing returning l.id into found_lane;
        exit when found;
    end loop;
    return found_lane;
end
$millrace$;

-- What else a job was told: a small JSON object, empty for most.
alter table {schema}.job add column terms text not null default '';

-- Who holds which key. scope: 0 unique, 1 idempotency. until: null while its job is live. A row
-- whose job has ended although until is null is free.
create table {schema}.key_hold (
    job_id bigint not null,
    until timestamptz,
    scope smallint not null,
    key text collate "C" not null,
    fingerprint text not null,
    primary key (scope, key)
) with (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_cost_delay = 0
);
create index key_hold_job on {schema}.key_hold (job_id);
create index key_hold_until on {schema}.key_hold (until) where until is not null;

-- Jobs that must have started by then.
create table {schema}.expiry (
    expires_at timestamptz not null,
    job_id bigint not null,
    primary key (expires_at, job_id)
) with (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0
);

-- Running jobs that somebody wants to end.
create table {schema}.cancel_request (
    job_id bigint primary key,
    requested_at timestamptz not null,
    reason text not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Few rows, never deleted. max_running: null for no limit.
create table {schema}.queue_control (
    queue text primary key,
    id int not null generated always as identity unique,
    paused boolean not null,
    max_running int
) with (fillfactor = 50);

-- limited: the queue_control whose limit it counts against, 0 for none.
alter table {schema}.running add column limited int not null default 0;
create index running_limited on {schema}.running (limited) where limited > 0;

-- A table without pages is planned to be walked from end to end, and sessions keep their plans: a
-- burst that followed a vacuum of the empty table would be claimed a hundred times slower.
alter table {schema}.available set (vacuum_truncate = false);
alter table {schema}.running set (vacuum_truncate = false);
alter table {schema}.scheduled set (vacuum_truncate = false);
alter table {schema}.discarded set (vacuum_truncate = false);
alter table {schema}.job set (vacuum_truncate = false);
alter table {schema}.history set (vacuum_truncate = false);
alter table {schema}.key_hold set (vacuum_truncate = false);
alter table {schema}.expiry set (vacuum_truncate = false);
alter table {schema}.cancel_request set (vacuum_truncate = false);

-- ---- jobs from any language, in the caller's own transaction

create function {schema}.checked_name(what text, name text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp as $millrace$
declare
    place int;
    shown text;
begin
    if name is null then
        raise exception '% must be given, got null; nothing was accepted', what
            using errcode = '22023';
    end if;
    shown := case when name = '' then '' else ' (''' || left(name, 40)
        || case when length(name) > 40 then '...' else '' end || ''')' end;
    if length(name) not between 1 and 200 then
        raise exception '% must have 1 to 200 characters, got %; nothing was accepted',
            what, length(name) || shown using errcode = '22023';
    end if;
    place := length(substring(name collate "C" from '^[A-Za-z0-9._:/-]*'));
    if place < length(name) then
        raise exception
            '% must consist of letters, digits and . _ : / -, got U+% at position %; nothing was accepted',
            what, upper(right('000000' || to_hex(ascii(substr(name, place + 1, 1))),
                greatest(4, length(to_hex(ascii(substr(name, place + 1, 1))))))),
            place || shown using errcode = '22023';
    end if;
    return name;
end
$millrace$;

-- The first id of a block of its own. The lock keeps a large block in one piece; it must not last
-- until the caller's transaction ends.
create function {schema}.fresh_job_id() returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $millrace$
declare
    block bigint;
begin
    perform pg_advisory_lock_shared({id-lock});
    block := nextval('{schema}.job_id_block');
    perform pg_advisory_unlock_shared({id-lock});
    return (block - 1) * 32 + 1;
exception when query_canceled or others then
    perform pg_advisory_unlock_shared({id-lock});
    raise;
end
$millrace$;

create function {schema}.fresh_lane(queue text, kind text, version int) returns int
language plpgsql volatile set search_path = pg_catalog, pg_temp as $millrace$
declare
    found_lane int;
begin
    loop
        select l.id into found_lane from {schema}.lane as l
        where l.queue = fresh_lane.queue and l.kind = fresh_lane.kind
            and l.version = fresh_lane.version;
        exit when found;
        insert into {schema}.lane as l (queue, kind, version)
        values (fresh_lane.queue, fresh_lane.kind, fresh_lane.version)
        on conflict do nothing returning l.id into found_lane;
        exit when found;
    end loop;
    return found_lane;
end
$millrace$;

-- Makes the key stand for the job, or answers who holds it.
create function {schema}.key_holder(unique_key text, fresh_id bigint, moment timestamptz) returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $millrace$
declare
    holder bigint;
    holds boolean;
begin
    loop
        insert into {schema}.key_hold (job_id, until, scope, key, fingerprint)
        values (fresh_id, null, 0, unique_key, '') on conflict do nothing;
        exit when found;
        select k.job_id, case when k.until is not null then k.until > moment else
                exists (select from {schema}.job as j where j.id = k.job_id)
                and not exists (select from {schema}.discarded as d where d.job_id = k.job_id)
                and not exists (select from {schema}.history as h
                    where h.job_id = k.job_id and h.outcome in (1, 2, 8, 9)) end
            into holder, holds
        from {schema}.key_hold as k where k.scope = 0 and k.key = unique_key;
        if found then
            if holds then
                return holder;
            end if;
            update {schema}.key_hold as k set job_id = fresh_id, until = null, fingerprint = ''
            where k.scope = 0 and k.key = unique_key and k.job_id = holder;
            exit when found;
        end if;
    end loop;
    return fresh_id;
end
$millrace$;

create function {schema}.accept_job(
    kind text, payload text, queue text, priority int, delay interval, run_at timestamptz,
    ttl interval, unique_key text, max_attempts int, tags text[], version int)
returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $millrace$
declare
    moment timestamptz := clock_timestamp();
    due timestamptz;
    expires timestamptz;
    tag text;
    terms text[];
    fresh_id bigint;
    holder bigint;
    its_lane int;
    pos bigint := 0;
begin
    perform {schema}.checked_name('kind', kind);
    perform {schema}.checked_name('queue', queue);
    if priority is null or priority not between 0 and 9 then
        raise exception 'priority must be 0 (lowest) to 9 (highest), got % (kind ''%''); nothing was accepted',
            coalesce(priority::text, 'null'), kind using errcode = '22023';
    end if;
    if version is null or version not between 1 and 32767 then
        raise exception 'version must be 1 to 32767, got % (kind ''%''); nothing was accepted',
            coalesce(version::text, 'null'), kind using errcode = '22023';
    end if;
    if max_attempts is null or max_attempts not between 1 and 1000 then
        raise exception 'attempts must be 1 to 1000, got %; nothing was accepted',
            coalesce(max_attempts::text, 'null') using errcode = '22023';
    end if;
    if payload is null then
        raise exception
            'payload of kind ''%'' must be one JSON document, got null; nothing was accepted', kind
            using errcode = '22023';
    end if;
    if octet_length(payload) > 1048576 then
        raise exception
            'payload of kind ''%'' must be at most 1048576 bytes of JSON, got %; nothing was accepted',
            kind, octet_length(payload) using errcode = '22023';
    end if;
    if cardinality(tags) > 20 then
        raise exception
            'a job may carry at most 20 tags, got % (kind ''%''); nothing was accepted',
            cardinality(tags), kind using errcode = '22023';
    end if;
    foreach tag in array coalesce(tags, array[]::text[]) loop
        perform {schema}.checked_name('tag', tag);
    end loop;
    if delay is not null and run_at is not null then
        raise exception 'give delay or run_at, not both (kind ''%''); nothing was accepted', kind
            using errcode = '22023';
    end if;
    if moment + delay not between moment and moment + interval '365 days' then
        raise exception 'delay must be 0s to 365 days, got %; nothing was accepted', delay
            using errcode = '22023';
    end if;
    if run_at < 'epoch' or run_at > '9999-12-31 23:59:59Z' then
        raise exception 'run-at must lie between 1970-01-01T00:00:00Z and 9999-12-31T23:59:59Z, got %; nothing was accepted',
            run_at using errcode = '22023';
    end if;
    if moment + ttl <= moment then
        raise exception 'ttl must be longer than 0s, got %; nothing was accepted', ttl
            using errcode = '22023';
    end if;
    if moment + ttl > moment + interval '365 days' then
        raise exception 'ttl must be 0s to 365 days, got %; nothing was accepted', ttl
            using errcode = '22023';
    end if;
    due := coalesce(run_at, moment + delay);
    expires := moment + ttl;
    fresh_id := {schema}.fresh_job_id();
    if unique_key is not null then
        perform {schema}.checked_name('unique key', unique_key);
        terms := terms || ('"unique":"' || unique_key || '"');
        holder := {schema}.key_holder(unique_key, fresh_id, moment);
        if holder <> fresh_id then
            return holder;
        end if;
    end if;
    if expires is not null then
        terms := terms || ('"expires":' || (extract(epoch from expires) * 1000000)::bigint);
        insert into {schema}.expiry (expires_at, job_id) values (expires, fresh_id);
    end if;
    its_lane := {schema}.fresh_lane(queue, kind, version);
    if due > moment then
        insert into {schema}.scheduled
            (run_at, job_id, lane, priority, attempt, rescues, backing_off)
        values (due, fresh_id, its_lane, accept_job.priority, 1, 0, false);
    else
        pos := nextval('{schema}.position') << 16;
        insert into {schema}.available (pos, job_id, lane, priority, attempt, rescues, again)
        values (pos, fresh_id, its_lane, accept_job.priority, 1, 0, false);
    end if;
    insert into {schema}.job
        (id, pos, created_at, lane, priority, max_attempts, payload, retry, tags, terms)
    values (fresh_id, pos, moment, its_lane, priority, max_attempts, payload, '',
        array_to_string(coalesce(tags, array[]::text[]), ','),
        coalesce('{' || array_to_string(terms, ',') || '}', ''));
    return fresh_id;
end
$millrace$;

-- The doors, for roles that may do nothing else. Both answer the job's id, or the id of the job
-- that holds the unique key.
create function {schema}.millrace_enqueue(
    kind text, payload jsonb, queue text default 'default', priority int default 4,
    delay interval default null, run_at timestamptz default null, ttl interval default null,
    unique_key text default null, max_attempts int default 10,
    tags text[] default array[]::text[], version int default 1)
returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $millrace$
begin
    return {schema}.accept_job(kind, payload::text, queue, priority, delay, run_at, ttl,
        unique_key, max_attempts, tags, version);
end
$millrace$;

create function {schema}.millrace_enqueue(
    kind text, payload text, queue text default 'default', priority int default 4,
    delay interval default null, run_at timestamptz default null, ttl interval default null,
    unique_key text default null, max_attempts int default 10,
    tags text[] default array[]::text[], version int default 1)
returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $millrace$
begin
    begin
        perform payload::json;
    exception when invalid_text_representation then
        raise exception 'payload of kind ''%'' must be one JSON document: %; nothing was accepted',
            kind, sqlerrm using errcode = '22023';
    end;
    return {schema}.accept_job(kind, payload, queue, priority, delay, run_at, ttl,
        unique_key, max_attempts, tags, version);
end
$millrace$;

revoke all on function {schema}.checked_name(text, text), {schema}.fresh_job_id(),
    {schema}.fresh_lane(text, text, int), {schema}.key_holder(text, bigint, timestamptz),
    {schema}.accept_job(text, text, text, int, interval, timestamptz, interval, text, int, text[],
        int),
    {schema}.millrace_enqueue(text, jsonb, text, int, interval, timestamptz, interval, text, int,
        text[], int),
    {schema}.millrace_enqueue(text, text, text, int, interval, timestamptz, interval, text, int,
        text[], int)
from public;

-- Workers that are told to claim nothing more, and workers whose beats come over HTTP.

-- lease_millis: how long its beat may stand still, where it asked for a lease of its own; 0 where
-- observers go by theirs.
alter table {schema}.worker
    add column draining boolean not null default false,
    add column lease_millis int not null default 0;

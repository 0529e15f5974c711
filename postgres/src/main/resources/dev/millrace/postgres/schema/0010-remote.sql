-- What is kept of workers whose beats come over HTTP. seal: stands for the secret that a worker names
-- with all it says; empty for one that has none. caller: who registered it.
alter table {schema}.worker
    add column seal text not null default '',
    add column caller text not null default '';

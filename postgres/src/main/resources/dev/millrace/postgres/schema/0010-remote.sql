-- What is known of workers besides. kinds: those it can run, KIND:VERSION parted by blanks; empty when
-- it did not say. Of workers whose beats come over HTTP, seal: stands for the secret that a worker names
-- with all it says; empty for one that has none. caller: who registered it.
alter table {schema}.worker
    add column seal text not null default '',
    add column caller text not null default '',
    add column kinds text not null default '';

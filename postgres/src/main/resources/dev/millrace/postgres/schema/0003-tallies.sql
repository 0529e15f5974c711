-- What happened in queues, in numbers. minute: whole minutes since 1970.

-- What processes counted, as they sent it; summed into tally a few minutes later.
create table {schema}.tally_delta (
    minute bigint not null,
    enqueued bigint not null,
    delayed bigint not null,
    completed bigint not null,
    failed bigint not null,
    discarded bigint not null,
    cancelled bigint not null,
    runs bigint not null,
    run_millis bigint not null,
    queue text not null
);
create index tally_delta_minute on {schema}.tally_delta (minute);

-- span: the minutes that a row stands for, 1 or 60.
create table {schema}.tally (
    span int not null,
    minute bigint not null,
    enqueued bigint not null,
    delayed bigint not null,
    completed bigint not null,
    failed bigint not null,
    discarded bigint not null,
    cancelled bigint not null,
    runs bigint not null,
    run_millis bigint not null,
    queue text collate "C" not null,
    primary key (span, minute, queue)
);

-- Who did what, and who is signed in. Moments in microseconds since 1970.

create table {schema}.audit (
    id bigint generated always as identity primary key,
    at bigint not null,
    who text not null,
    role text not null,
    action text not null,
    target text not null,
    before text,
    after text,
    address text not null
);

create table {schema}.sign_in (
    token_hash text collate "C" primary key,
    user_name text collate "C" not null,
    stamp text not null,
    created_at bigint not null,
    expires_at bigint not null
);
create index sign_in_expires_at on {schema}.sign_in (expires_at);
create index sign_in_user on {schema}.sign_in (user_name);

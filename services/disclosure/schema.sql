-- migration: 1
-- Disposable view of the notices as they stand.
create table notices (
    notice       text primary key,
    kind         text not null,
    title        text not null,
    body         text not null,
    villages     text[] not null,
    groups       text[] not null,
    amount_fen   bigint,
    revision     integer not null,
    withdrawn    text,
    published_at timestamptz not null,
    changed_at   timestamptz not null
);
create index notices_by_time on notices (published_at desc, notice desc);

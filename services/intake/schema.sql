-- migration: 1
-- Disposable views. Columns named sealed_… hold tokens of the vault, never clear text.
create table messages (
    message     uuid primary key,
    position    bigint not null,
    channel     text not null,
    message_id  text not null,
    "group"     text not null,
    person      text not null,
    sealed_text text not null,
    sent_at     timestamptz not null,
    kind        text,
    appeal      text,
    reading     jsonb
);
create index messages_by_group on messages (channel, "group", sent_at);
create index messages_by_appeal on messages (appeal) where appeal is not null;

create table appeals (
    appeal      text primary key,
    number      text not null unique,
    kind        text not null,
    channel     text not null,
    "group"     text not null,
    village     text not null,
    township    text not null,
    message     uuid not null,
    sealed_text text,
    urgent      boolean not null,
    sealed      boolean not null,
    status      text not null default 'open',
    opened_at   timestamptz not null
);
create index appeals_by_time on appeals (opened_at desc, appeal desc);

-- migration: 2
alter table messages add column recalled_at timestamptz;

-- migration: 4
-- The messages that are about an appeal or wait for a person; `why` is null for those that wait for nobody.
create table triage (
    message     uuid primary key,
    appeal      text,
    why         text
);
create index triage_by_appeal on triage (appeal) where appeal is not null;
create index triage_waiting on triage (message) where why is not null;

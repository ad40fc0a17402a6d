-- migration: 1
-- Disposable view: the replies and how far each has come. Texts are tokens of the vault.
create table replies (
    reply       text primary key,
    position    bigint not null,
    appeal      text,
    channel     text not null,
    "group"     text not null,
    audience    text not null,
    person      text not null,
    quote       text,
    template    text not null,
    sealed_text text not null,
    urgent      boolean not null,
    status      text not null default 'queued',
    attempts    integer not null default 0,
    reason      text,
    try_at      timestamptz not null,
    queued_at   timestamptz not null,
    done_at     timestamptz
);
create index replies_to_send on replies (channel, "group", position) where status = 'queued';
create index replies_by_position on replies (position desc);
create index replies_by_appeal on replies (appeal, position) where appeal is not null;

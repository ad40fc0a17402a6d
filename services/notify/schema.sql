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

-- migration: 2
-- A lane is what must stay in order; the view is read again from the log's beginning to fill the new columns.
truncate replies;
alter table replies
    add column lane    text not null,
    add column via     text,
    add column parts   integer not null default 0,
    add column adapter text,
    add column late_at timestamptz;
update followers set position = 0 where name = 'replies';
drop index replies_to_send;
create index replies_to_send on replies (lane, position) where status = 'queued';
create index replies_not_told on replies (position) where late_at is null and via is null and status <> 'delivered';
create index replies_by_hand on replies (position) where status <> 'delivered' and (status = 'handed' or late_at is not null);

-- When messages were lately sent by channels with a limit, so that a restart does not forget it. Written before sending; a
-- moment lies in the future until the channel has answered. Not a view: nothing else knows it.
create table sends (
    id      bigint generated always as identity primary key,
    channel text not null,
    at      timestamptz not null
);
create index sends_by_channel on sends (channel, at);

-- migration: 3
-- Disposable views of what was noted for the bulletins: the cases as they stand, and what happened. No words of anybody's.
create table cases (
    appeal          text primary key,
    number          text not null,
    channel         text not null,
    "group"         text not null,
    village         text not null,
    township        text not null,
    department_name text not null,
    status          text not null,
    reopened        integer not null default 0,
    opened_at       timestamptz not null
);
create index cases_open on cases (channel, "group", opened_at) where status in ('assigned', 'accepted', 'in_progress');
create index cases_oldest on cases (opened_at) where status in ('assigned', 'accepted', 'in_progress');

create table happenings (
    position        bigint not null,
    channel         text not null,
    "group"         text not null,
    what            text not null,
    appeal          text,
    round           integer,
    township        text,
    department_name text,
    well            boolean,
    title           text,
    primary key (position, channel, "group")
);
-- A promise is kept or broken once a round: what is heard of it first counts.
create unique index happenings_of_promises on happenings (appeal, what, round) where round is not null;

create view open_cases as
select c.*, exists (
           select from happenings h
           where h.appeal = c.appeal and h.what = 'resolve' and h.round > c.reopened and not h.well
       ) as late
from cases c where c.status in ('assigned', 'accepted', 'in_progress');

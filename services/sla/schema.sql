-- migration: 1
-- Disposable view: every clock as it stands, and when to look at it next.
create table clocks (
    appeal      text not null,
    promise     text not null,
    round       integer not null,
    number      text not null,
    department  text not null,
    township    text not null,
    started_at  timestamptz not null,
    due_at      timestamptz not null,
    overdue     boolean not null,
    steps       integer not null,
    stopped_at  timestamptz,
    in_time     boolean,
    look_at     timestamptz,
    primary key (appeal, promise)
);
create index clocks_to_look_at on clocks (look_at) where look_at is not null;
create index clocks_overdue on clocks (due_at) where overdue and stopped_at is null;

-- migration: 10
-- Since when a clock rests. None rested before, so nothing need be read again for it.
alter table clocks add column paused_at timestamptz;

-- migration: 20
-- The timers: one a case, the next moment at which something is due on any of its clocks. Not a view: they are written in the
-- transaction that stores the events, so what runs is armed, and reading the past again arms nothing.
create table timers (
    appeal      text primary key,
    due_at      timestamptz not null,
    causation   uuid,
    correlation uuid
);
create index timers_due on timers (due_at);
insert into timers (appeal, due_at) select appeal, min(look_at) from clocks where look_at is not null group by appeal;

-- Disposable view: every clock of every round as it stands. Read anew from the log, which tells more than it kept.
drop table clocks;
create table clocks (
    appeal          text not null,
    promise         text not null,
    round           integer not null,
    number          text not null,
    department      text not null,
    department_name text not null,
    township        text not null,
    category        text not null,
    level           text not null,
    policy          text not null,
    calendar        text,
    warning         text,
    started_at      timestamptz not null,
    warn_at         timestamptz not null,
    due_at          timestamptz not null,
    overdue         boolean not null,
    steps           integer not null,
    acknowledged    integer[] not null,
    paused_at       timestamptz,
    stopped_at      timestamptz,
    in_time         boolean,
    kept_by         text,
    -- when it was known whether the promise was kept: the moment it was, or had to be
    settled_at      timestamptz generated always as (case when in_time then stopped_at when overdue or stopped_at is not null then due_at end) stored,
    primary key (appeal, promise, round)
);
create index clocks_by_number on clocks (number);
create index clocks_running on clocks (due_at) where stopped_at is null;
create index clocks_settled on clocks (settled_at) where settled_at is not null;
update followers set position = 0 where name = 'clocks';

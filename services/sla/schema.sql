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

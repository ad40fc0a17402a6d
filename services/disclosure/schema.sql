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

-- migration: 10
-- The view tells where each notice is in its life, where it belongs, and when time does something with it. It is read again.
drop table notices;
create table notices (
    notice       text primary key,
    kind         text not null,
    status       text not null,
    title        text not null,
    body         text not null,
    reach        text,
    villages     text[] not null,
    townships    text[] not null,
    groups       text[] not null,
    amount_fen   bigint,
    content      jsonb,
    revision     integer not null,
    withdrawn    text,
    published_at timestamptz,
    expires_at   timestamptz,
    changed_at   timestamptz not null,
    -- what is written and not published
    drafted_by   text,
    drafted_at   timestamptz,
    approved     boolean,
    publish_at   timestamptz,
    look_at      timestamptz
);
create index notices_by_time on notices (published_at desc, notice desc) where published_at is not null;
create index notices_drafted on notices (drafted_at desc, notice desc) where drafted_at is not null;
create index notices_to_look_at on notices (look_at) where look_at is not null;
update followers set position = 0 where name = 'notices';

-- The groups to which notices go, as intake tells of them.
create table places (
    channel  text not null,
    "group"  text not null,
    village  text not null,
    township text not null,
    primary key (channel, "group")
);

-- migration: 11
-- The questions under notices, and the appeals that were settled: for the bulletin. No words of anybody's.
create table questions (
    appeal      text primary key,
    notice      text,
    number      text,
    asked_at    timestamptz,
    answered_at timestamptz
);
create index questions_by_notice on questions (notice) where notice is not null;
create table settled (
    appeal     text primary key,
    village    text not null,
    township   text not null,
    dispute    boolean not null,
    settled_at timestamptz not null
);
create index settled_by_time on settled (settled_at);

-- migration: 12
-- What the bulletin counts, each once and at one place: a notice at the township and village it is for, if that is one; else at
-- none. What was withdrawn counts no more, what was corrected counts as it reads now.
create view counted as
select case
           when kind in ('policy', 'law', 'warning') then 'policy'
           when kind in ('project', 'fund') then 'project'
           else kind
       end as what,
       published_at as at,
       case when cardinality(townships) = 1 then townships[1] else '' end as township,
       case when cardinality(villages) = 1 then villages[1] else '' end as village,
       amount_fen
from notices where published_at is not null and status <> 'withdrawn'
union all
select 'settled', settled_at, township, village, null from settled
union all
select 'dispute', settled_at, township, village, null from settled where dispute;

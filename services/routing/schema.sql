-- migration: 1
-- Disposable view of the cases as they stand. It holds no personal words.
create table cases (
    appeal      text primary key,
    number      text not null unique,
    status      text not null,
    kind        text not null,
    category    text not null,
    department  text not null,
    channel     text not null,
    "group"     text not null,
    village     text not null,
    township    text not null,
    urgent      boolean not null,
    sealed      boolean not null,
    satisfied   boolean,
    reopened    integer not null default 0,
    version     integer not null,
    opened_at   timestamptz not null,
    changed_at  timestamptz not null
);
create index cases_by_time on cases (opened_at desc, appeal desc);
create index cases_by_department on cases (department, status, opened_at desc);

-- migration: 2
-- The case that leads the merged matter. Nothing was merged before, so nothing need be read again for it.
alter table cases add column lead text;
create index cases_by_lead on cases (lead) where lead is not null;
insert into followers (name, position) select 'following', coalesce(max(position), 0) from events on conflict (name) do nothing;

-- migration: 10
-- Until when a case is suspended, and what of it looks like gaming. The view is read again from the log's beginning for it.
alter table cases
    add column resume_at timestamptz,
    add column signs     text[] not null default '{}';
create index cases_to_resume on cases (resume_at) where resume_at is not null;
create index cases_with_signs on cases using gin (signs) where signs <> '{}';
truncate cases;
update followers set position = 0 where name = 'cases';

-- migration: 30
-- What became of a second call. None was drawn before, and none is of what was closed before.
alter table cases add column second_call text;
create index cases_to_call_again on cases (changed_at) where second_call = 'due';
insert into followers (name, position) select 'drawing', coalesce(max(position), 0) from events on conflict (name) do nothing;

-- migration: 31
-- What counts in the score, and of which cases it does not. A disposable view: a new projection reads the log from its beginning.
create table scores (
    appeal     text not null,
    what       text not null,
    nth        integer not null,
    department text not null,
    at         timestamptz not null,
    well       boolean,
    satisfied  boolean,
    primary key (appeal, what, nth)
);
create index scores_by_time on scores (at);
create table scored_cases (
    appeal   text primary key,
    township text not null,
    category text not null,
    left_out text
);

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

-- migration: 20
-- Disposable view of what reporters wrote, as their groups may read it: the one place of routing where words stand in clear, for
-- nobody can search what is encrypted. So they go together with their writer's key, in the same transaction (see words.sql).
create table case_words (
    appeal    text primary key,
    reporter  text not null,
    opened_at timestamptz not null,
    words     text not null,
    tokens    tsvector not null
);
create index case_words_by_token on case_words using gin (tokens) with (gin_pending_list_limit = 512);
create index case_words_by_time on case_words (opened_at desc, appeal desc);
create index case_words_by_reporter on case_words (reporter);

create function words_are_forgotten() returns trigger language plpgsql as $$
begin
    delete from case_words where reporter = old.person;
    return null;
end $$;
create trigger words_go_with_the_key after update of key on person_keys
    for each row when (old.key is not null and new.key is null) execute function words_are_forgotten();

-- migration: 21
-- What a list is asked for beside that, each with an index in the order of the lists. `field` is the first level of a category.
-- `turn` is which of a department's open cases breaks its promise first: urgent, not accepted yet, late, the rest, those that rest.
-- The view is read again from the log's beginning for it.
truncate cases;
update followers set position = 0 where name = 'cases';
alter table cases
    add column department_name text not null default '',
    add column waits           boolean not null default false,
    add column late            boolean not null default false,
    add column parts           text[] not null default '{}',
    add column closed_at       timestamptz,
    add column field           text generated always as (split_part(category, '/', 1)) stored,
    add column turn            smallint generated always as (
        case when resume_at is not null then 4 when urgent then 0 when status = 'assigned' then 1 when late then 2 else 3 end
    ) stored;
drop index cases_by_time; -- several states are looked for along the time, without going to the rows of all others
create index cases_by_time on cases (opened_at desc, appeal desc, status);
create index cases_open on cases (opened_at desc, appeal desc, status) where status in ('assigned', 'accepted', 'in_progress');
create index cases_by_status on cases (status, opened_at desc, appeal desc);
create index cases_of_department on cases (department, opened_at desc, appeal desc);
create index cases_by_township on cases (township, opened_at desc, appeal desc);
create index cases_by_village on cases (village, opened_at desc, appeal desc);
create index cases_by_field on cases (field, opened_at desc, appeal desc);
create index cases_by_category on cases (category, opened_at desc, appeal desc);
create index cases_by_kind on cases (kind, opened_at desc, appeal desc) where kind <> 'appeal'; -- which nearly all are
create index cases_urgent on cases (opened_at desc, appeal desc) where urgent;
create index cases_waiting on cases (opened_at desc, appeal desc) where waits;
create index cases_to_do on cases (department, turn, opened_at, appeal) where status in ('assigned', 'accepted', 'in_progress');
create index cases_with_parts on cases using gin (parts) where parts <> '{}';

-- migration: 25
-- The solved cases that are an example to others, newest first within their category: along the time alone, or the category alone,
-- PostgreSQL would read twenty cases to find one.
create index cases_solved on cases (category, opened_at desc, appeal desc)
    where status in ('resolved', 'called_back', 'closed') and not sealed and satisfied is not false;

-- migration: 30
-- What became of a second call. None was drawn before, and none is of what was closed before.
alter table cases add column second_call text;
create index cases_called_again on cases (second_call, opened_at desc, appeal desc) where second_call is not null;
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

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

-- migration: 25
-- The solved cases of a category, newest first: where an officer looks how the like of a case was solved.
create index cases_solved on cases (category, opened_at desc, appeal desc)
    where status in ('resolved', 'called_back', 'closed') and not sealed;

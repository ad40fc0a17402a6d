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

-- migration: 3
-- The roster. Each `position` is that of the event which first told of the row: the order of lists, and where a page goes on.
create table groups (
    channel  text not null,
    "group"  text not null,
    position bigint not null,
    village  text not null default '',
    township text not null default '',
    primary key (channel, "group")
);
create index groups_by_position on groups (position);

-- Who speaks; `unknown` is whose last word no entry of the roster covers.
create table speakers (
    channel       text not null,
    "group"       text not null,
    person        text not null,
    position      bigint not null,
    sealed_sender text not null,
    first_at      timestamptz not null,
    last_at       timestamptz not null,
    messages      bigint not null,
    unknown       boolean not null default true,
    primary key (channel, "group", person)
);
create index speakers_by_person on speakers (person);
create index speakers_unknown on speakers (position) where unknown;

-- `stints` as the rulebook folds them; `until` is that of the last one.
create table members (
    channel          text not null,
    "group"          text not null,
    person           text not null,
    position         bigint not null,
    sealed_sender    text not null,
    sealed_real_name text not null,
    stints           jsonb not null,
    until            timestamptz,
    primary key (channel, "group", person)
);
create index members_by_person on members (person);
create index members_by_position on members (channel, "group", position);

-- Who changed what on the roster, and when.
create table roster_changes (
    position         bigint primary key,
    person           text not null,
    channel          text not null,
    "group"          text not null,
    change           text not null,
    sealed_real_name text,
    role             text,
    department       text,
    since            timestamptz,
    until            timestamptz,
    recorded_at      timestamptz not null,
    actor            text not null
);
create index roster_changes_by_person on roster_changes (person, position);

-- migration: 4
-- The messages that are about an appeal or wait for a person; `why` is null for those that wait for nobody.
create table triage (
    message     uuid primary key,
    appeal      text,
    why         text
);
create index triage_by_appeal on triage (appeal) where appeal is not null;
create index triage_waiting on triage (message) where why is not null;

-- migration: 5
create table crowds (
    crowd       text primary key,
    township    text not null,
    about       text not null,
    status      text not null default 'offered',
    urgent      boolean not null,
    households  integer not null,
    reasons     jsonb not null,
    since       timestamptz not null,
    offered_at  timestamptz not null,
    changed_at  timestamptz not null,
    lead        text,
    decided_by  text,
    sealed_note text
);
create index crowds_by_time on crowds (offered_at desc, crowd desc);
create table crowd_appeals (
    crowd     text not null,
    appeal    text not null,
    number    text not null,
    channel   text not null,
    "group"   text not null,
    village   text not null,
    joined_at timestamptz not null,
    merged    boolean not null default false,
    primary key (crowd, appeal)
);
-- Appeals of before this migration are no news: nobody shall be told today of last year's crowds.
insert into followers (name, position) select 'gatherer', coalesce(max(position), 0) from events on conflict (name) do nothing;

-- migration: 6
-- Files, disposable views of them as well. `used`: some message refers to it; `due`: it is to be destroyed, for everybody who
-- sent it is forgotten. Bytes of destroyed files that are still to be removed stand in attachment_remains.
create table attachments (
    sha256     text primary key,
    type       text not null,
    size       integer not null,
    blob       text not null,
    stored_at  timestamptz not null,
    used       boolean not null default false,
    due        boolean not null default false
);
create index attachments_to_destroy on attachments (stored_at) where due or not used;

create table attachment_uses (
    message      uuid not null,
    ordinal      smallint not null,
    sha256       text not null,
    kind         text not null,
    person       text not null,
    sealed_names text,
    forgotten    boolean not null default false,
    primary key (message, ordinal)
);
create index attachment_uses_by_file on attachment_uses (sha256);
create index attachment_uses_by_person on attachment_uses (person);

create table attachment_remains (blob text primary key);

-- Who may see a file depends on what was said with it. It is open once a message with it was read and found to accuse nobody:
-- what is not read yet may be a report.
create view shown_attachments as
select u.message, u.ordinal, u.sha256, a.type, a.size, u.kind, u.sealed_names,
    m.kind is not null and not coalesce((m.reading->>'sealed')::boolean, false) and not coalesce(p.sealed, false) as open
from attachment_uses u
join attachments a using (sha256)
join messages m using (message)
left join appeals p on p.appeal = m.appeal
where not u.forgotten;

-- migration: 7
-- Files that chat systems hold, a disposable view as well: `trouble` is null while one is awaited, a fetched one has no row.
-- How often it was tried, and when it is tried next, is remembered here alone.
create table media (
    message      uuid not null,
    ordinal      smallint not null,
    person       text not null,
    door         text not null,
    kind         text not null,
    sealed_media text not null,
    awaited_at   timestamptz not null,
    tries        integer not null default 0,
    next_at      timestamptz not null,
    trouble      text,
    primary key (message, ordinal)
);
create index media_due on media (next_at) where trouble is null;
create index media_by_person on media (person);

-- Who sent which file lately, no view: a message may refer to what its own caller sent, and nobody learns by a hash what others did.
create table attachment_senders (
    sha256  text not null,
    caller  text not null,
    sent_at timestamptz not null,
    primary key (sha256, caller)
);
create index attachment_senders_by_time on attachment_senders (sent_at);

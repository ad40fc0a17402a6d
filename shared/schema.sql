-- migration: 1
-- The log. A stream's versions count from 1; positions grow in commit order (see append_events) but may skip.
create table events (
    position    bigint generated always as identity primary key,
    stream      text not null,
    version     integer not null,
    id          uuid not null,
    type        text not null,
    time        timestamptz not null,
    subject     text not null,
    data        jsonb not null,
    causation   uuid,
    correlation uuid not null,
    actor       text not null,
    unique (stream, version)
);
create index events_by_subject on events (subject, position);

-- The log is append-only, whoever asks.
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the event log is append-only: % refused', tg_op using errcode = 'restrict_violation';
end $$;
create trigger events_are_kept before update or delete on events for each row execute function refuse_change();
create trigger events_are_not_truncated before truncate on events for each statement execute function refuse_change();

-- One key a person (several over time, if he was forgotten and speaks again). A destroyed key leaves its row.
create table person_keys (
    id         uuid primary key,
    person     text not null,
    key        bytea,
    created    timestamptz not null default now(),
    destroyed  timestamptz,
    check ((key is null) = (destroyed is not null))
);
create unique index person_keys_one_living on person_keys (person) where key is not null;

-- How far the relay has published, and into which life of the JetStream stream.
create table relay (
    only_row       boolean primary key default true check (only_row),
    position       bigint not null default 0,
    stream_created timestamptz,
    republish_from bigint
);
insert into relay default values;

-- Which events of others have taken effect here: an event that is delivered again finds its id and does nothing.
create table inbox (
    event uuid primary key
);

-- How far each durable consumer has come, so that a new owner goes on in order.
create table consumer_positions (
    durable        text primary key,
    stream_created timestamptz not null,
    stream_seq     bigint not null
);

-- Events that could not be handled, and those of the same appeal that wait behind them.
create table dead_letters (
    id        bigint generated always as identity primary key,
    source    text not null,
    event     uuid not null unique,
    subject   text not null,
    partition smallint not null,
    envelope  jsonb not null,
    reason    text not null,
    parked    timestamptz not null default now(),
    replay    boolean not null default false
);
create index dead_letters_by_subject on dead_letters (source, subject, id);

-- How far each follower of this service's own log (projection or process) has come.
create table followers (
    name     text primary key,
    position bigint not null default 0
);

-- Appends many requests at once, each to its own stream, in one round trip.
-- The advisory lock is taken in a statement of its own before the insert, so positions are handed out in commit order and
-- a reader that remembers one bigint misses nothing. A request whose stream is not at its expected version is left out and
-- returned with the version found; the others are stored. Returns one row a request: found is null when it was stored.
create function append_events(
    lock_key bigint, request_stream text[], request_expected integer[],
    event_request integer[], event_version integer[], event_id uuid[], event_type text[], event_time timestamptz[],
    event_subject text[], event_data jsonb[], event_causation uuid[], event_correlation uuid[], event_actor text[]
) returns table (request integer, found integer, last_position bigint) language plpgsql as $$
declare
    refused integer[];
    versions integer[];
    head bigint;
begin
    perform pg_advisory_xact_lock(lock_key);
    select coalesce(array_agg(r.n::integer), '{}'), coalesce(array_agg(r.current), '{}') into refused, versions
    from (
        select u.n, u.expected, coalesce((select max(e.version) from events e where e.stream = u.stream), 0) as current
        from unnest(request_stream, request_expected) with ordinality as u (stream, expected, n)
    ) r where r.current <> r.expected;

    insert into events (stream, version, id, type, time, subject, data, causation, correlation, actor)
    select request_stream[u.request], u.version, u.id, u.type, u.time, u.subject, u.data, u.causation, u.correlation, u.actor
    from unnest(event_request, event_version, event_id, event_type, event_time, event_subject, event_data,
                event_causation, event_correlation, event_actor) with ordinality
         as u (request, version, id, type, time, subject, data, causation, correlation, actor, n)
    where u.request <> all (refused)
    order by u.n;

    select max(e.position) into head from events e;
    if cardinality(refused) < cardinality(request_stream) then
        perform pg_notify('events_' || current_schema(), '');
    end if;
    return query
        select n::integer, versions[array_position(refused, n::integer)], head
        from generate_series(1, cardinality(request_stream)) as n;
end $$;

-- migration: 2
-- The same, faster: one row says what was refused, the events come with their stream's name, one moment holds for all.
-- Rows are taken off the arrays in order (a function scan knows no other), so positions follow the order of the events.
drop function append_events;
create function append_events(
    lock_key bigint, request_stream text[], request_expected integer[], event_time timestamptz,
    event_stream text[], event_version integer[], event_id uuid[], event_type text[], event_subject text[],
    event_data jsonb[], event_causation uuid[], event_correlation uuid[], event_actor text[],
    out refused text[], out standing integer[], out head bigint
) language plpgsql as $$
begin
    perform pg_advisory_xact_lock(lock_key);
    select array_agg(r.stream), array_agg(r.version) into refused, standing
    from (
        select u.stream, u.expected, coalesce((select max(e.version) from events e where e.stream = u.stream), 0) as version
        from unnest(request_stream, request_expected) as u (stream, expected)
    ) r where r.version <> r.expected;

    insert into events (stream, version, id, type, time, subject, data, causation, correlation, actor)
    select u.stream, u.version, u.id, u.type, event_time, u.subject, u.data, u.causation, u.correlation, u.actor
    from unnest(event_stream, event_version, event_id, event_type, event_subject, event_data, event_causation,
                event_correlation, event_actor)
         as u (stream, version, id, type, subject, data, causation, correlation, actor)
    where refused is null or u.stream <> all (refused);

    select max(e.position) into head from events e;
    if refused is null or cardinality(refused) < cardinality(request_stream) then
        perform pg_notify('events_' || current_schema(), '');
    end if;
end $$;

-- migration: 3
-- The same with `whole`: nothing is stored unless everything can be, so that all or nothing needs no transaction around it.
-- The function of migration 2 stays for replicas that were started before this one.
create function append_events(
    lock_key bigint, whole boolean, request_stream text[], request_expected integer[], event_time timestamptz,
    event_stream text[], event_version integer[], event_id uuid[], event_type text[], event_subject text[],
    event_data jsonb[], event_causation uuid[], event_correlation uuid[], event_actor text[],
    out refused text[], out standing integer[], out head bigint
) language plpgsql as $$
begin
    perform pg_advisory_xact_lock(lock_key);
    select array_agg(r.stream), array_agg(r.version) into refused, standing
    from (
        select u.stream, u.expected, coalesce((select max(e.version) from events e where e.stream = u.stream), 0) as version
        from unnest(request_stream, request_expected) as u (stream, expected)
    ) r where r.version <> r.expected;
    if whole and refused is not null then
        return;
    end if;

    insert into events (stream, version, id, type, time, subject, data, causation, correlation, actor)
    select u.stream, u.version, u.id, u.type, event_time, u.subject, u.data, u.causation, u.correlation, u.actor
    from unnest(event_stream, event_version, event_id, event_type, event_subject, event_data, event_causation,
                event_correlation, event_actor)
         as u (stream, version, id, type, subject, data, causation, correlation, actor)
    where refused is null or u.stream <> all (refused);

    select max(e.position) into head from events e;
    if refused is null or cardinality(refused) < cardinality(request_stream) then
        perform pg_notify('events_' || current_schema(), '');
    end if;
end $$;

-- migration: 4
-- Requests that came with an Idempotency-Key, by a digest of caller and key. `id` is the causation of the events they made;
-- `answer` is sealed, null while it is under way or when it has to be made anew. See idempotency.py.
create table requests (
    name        bytea primary key,
    id          uuid not null,
    fingerprint bytea not null,
    asked       timestamptz not null,
    held_until  timestamptz not null,
    answer      bytea
);
create index requests_by_age on requests (asked);

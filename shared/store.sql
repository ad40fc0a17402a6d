-- name: append
select refused, standing, head
from append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)

-- name: load
select position, id, stream, version, type, time, subject, data, causation, correlation, actor
from events where stream = $1 and version > $2 order by version

-- name: load_many
select e.position, e.id, e.stream, e.version, e.type, e.time, e.subject, e.data, e.causation, e.correlation, e.actor
from unnest($1::text[], $2::integer[]) as known (stream, version)
join events e on e.stream = known.stream and e.version > known.version
order by e.stream, e.version

-- name: caused
select version, position from events where stream = $1 and causation = $2 order by version desc limit 1

-- name: read_all
select position, id, stream, version, type, time, subject, data, causation, correlation, actor
from events where position > $1 order by position limit $2

-- name: of_subject
select position, id, stream, version, type, time, subject, data, causation, correlation, actor
from events where subject = $1 order by position

-- name: head
select coalesce(max(position), 0) from events

-- name: position_at
select coalesce(max(position), 0) from events where time < $1

-- name: lock
select pg_advisory_xact_lock($1)

-- name: inbox_known
select event from inbox where event = any($1::uuid[])

-- name: inbox_add
insert into inbox (event) select unnest($1::uuid[])

-- name: consumer_moved
insert into consumer_positions (durable, stream_created, stream_seq) values ($1, $2, $3)
on conflict (durable) do update set stream_created = excluded.stream_created, stream_seq = excluded.stream_seq

-- name: consumer_position
select stream_created, stream_seq from consumer_positions where durable = $1

-- name: follower_moved
update followers set position = $2 where name = $1

-- name: follower_claim
select position from followers where name = $1 for update

-- name: follower_known
with new as (
    insert into followers (name) values ($1) on conflict (name) do nothing returning position
)
select position from new union all select position from followers where name = $1 limit 1

-- name: follower_positions
select name, position from followers

-- name: relay_state
select position, stream_created, republish_from from relay

-- name: relay_moved
update relay set position = $1, stream_created = $2

-- name: relay_republish
with asked as (
    update relay set republish_from = least(coalesce(republish_from, $1), $1) returning 1
)
select pg_notify('events_' || current_schema(), 'republish') from asked

-- name: relay_republished
update relay set republish_from = null where republish_from = $1

-- name: park
insert into dead_letters (source, event, subject, partition, envelope, reason, replay)
select $1, event, subject, partition, envelope, reason,
    exists (select from dead_letters d where d.source = $1 and d.subject = p.subject and d.replay)
from unnest($2::uuid[], $3::text[], $4::smallint[], $5::jsonb[], $6::text[]) as p (event, subject, partition, envelope, reason)
on conflict (event) do nothing

-- name: parked_subjects
select distinct subject from dead_letters where source = $1 and subject = any($2::text[])

-- name: parked_to_replay
select id, event, subject, envelope, reason from dead_letters
where source = $1 and replay and partition % $2 = $3 order by id limit 100

-- name: parked
select id, source, event, subject, envelope, reason, parked, replay from dead_letters order by id limit $1

-- name: parked_count
select count(*) from dead_letters

-- name: replay_requested
with asked as (
    update dead_letters set replay = true where $1::text is null or subject = $1 returning 1
)
select count(*), pg_notify('events_' || current_schema(), 'replay') from asked

-- name: replay_failed
update dead_letters set replay = false, reason = case when event = $3 then $4 else reason end
where source = $1 and subject = $2

-- name: unpark
delete from dead_letters d where event = $1
    and not exists (select from dead_letters e where e.source = d.source and e.subject = d.subject and e.id < d.id)
returning event

-- name: keys_by_id
select id, person, key from person_keys where id = any($1::uuid[])

-- name: keys_made
-- A key that another replica makes at this moment is not among the rows: it is asked for again.
with made as (
    insert into person_keys (id, person, key) select * from unnest($1::uuid[], $2::text[], $3::bytea[])
    on conflict (person) where key is not null do nothing
    returning id, person, key
)
select id, person, key from made
union all select id, person, key from person_keys where person = any($2::text[]) and key is not null

-- name: keys_destroy
with destroyed as (
    update person_keys set key = null, destroyed = now() where person = any($1::text[]) and key is not null returning id
)
select pg_notify('events_' || current_schema(), 'forgotten'), count(*) from destroyed

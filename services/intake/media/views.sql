-- name: awaited
insert into media (message, ordinal, person, door, kind, sealed_media, awaited_at, next_at)
values ($1, $2, $3, $4, $5, $6, $7, $7)
on conflict (message, ordinal) do nothing

-- name: fetched
delete from media where message = $1 and ordinal = $2

-- name: missed
update media set trouble = $3 where message = $1 and ordinal = $2

-- name: forgotten
delete from media where person = $1

-- name: due
select message, ordinal, person, door, kind, sealed_media, awaited_at, tries from media
where trouble is null and next_at <= $1 order by next_at, message, ordinal limit $2

-- name: count_due
select count(*) from media where trouble is null and next_at <= $1

-- name: next_due
select min(next_at) from media where trouble is null

-- name: again
update media set tries = tries + 1, next_at = $3 where message = $1 and ordinal = $2

-- name: door_rests
update media set next_at = $2 where door = $1 and trouble is null and next_at < $2

-- name: of_messages
-- Who may not see what came with a message is not told that something is missing either.
select d.message, d.kind, d.trouble,
    m.kind is not null and not coalesce((m.reading->>'sealed')::boolean, false) and not coalesce(p.sealed, false) as open
from media d
join messages m using (message)
left join appeals p on p.appeal = m.appeal
where d.message = any($1::uuid[]) order by d.message, d.ordinal

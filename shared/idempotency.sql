-- name: claim
-- A row that is too old counts as none; one that nobody holds and nobody answered is taken over under its id.
insert into requests as r (name, id, fingerprint, asked, held_until) values ($1, $2, $3, $4, $5)
on conflict (name) do update set
    id = case when r.asked < $6 then excluded.id else r.id end,
    asked = case when r.asked < $6 then excluded.asked else r.asked end,
    fingerprint = excluded.fingerprint, held_until = excluded.held_until, answer = null
where r.asked < $6 or (r.fingerprint = excluded.fingerprint and r.answer is null and r.held_until <= $4)
returning id

-- name: standing
select id, fingerprint, answer from requests where name = $1

-- name: unreadable
update requests set answer = null, held_until = $3 where name = $1 and answer = $2

-- name: answered
update requests set answer = $3 where name = $1 and id = $2 and answer is null

-- name: released
update requests set held_until = $3 where name = $1 and id = $2 and answer is null

-- name: dropped
delete from requests where name = $1 and id = $2 and answer is null

-- name: swept
with old as (select name from requests where asked < $1 order by asked limit $2)
delete from requests r using old where r.name = old.name

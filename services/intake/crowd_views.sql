-- name: offered
insert into crowds (crowd, township, about, urgent, households, reasons, since, offered_at, changed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $8)
on conflict (crowd) do nothing

-- name: joined
insert into crowd_appeals (crowd, appeal, number, channel, "group", village, joined_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (crowd, appeal) do nothing

-- name: grew
update crowds set households = $2, urgent = $3, reasons = reasons || $4, changed_at = $5 where crowd = $1

-- name: shrank
update crowds set households = $2, lead = nullif(lead, $3), changed_at = $4 where crowd = $1

-- name: recounted
update crowds set households = $2, changed_at = $3 where crowd = $1

-- name: left
delete from crowd_appeals where crowd = $1 and appeal = $2

-- name: merged
update crowds set status = 'merged', lead = $2, decided_by = $3, sealed_note = coalesce($4, sealed_note), changed_at = $5
where crowd = $1

-- name: appeal_merged
update crowd_appeals set merged = true where crowd = $1 and appeal = $2

-- name: dismissed
update crowds set status = 'dismissed', decided_by = $2, sealed_note = $3, changed_at = $4 where crowd = $1

-- name: list
select crowd, township, about, status, urgent, households, reasons, since, offered_at, changed_at, lead, decided_by, sealed_note
from crowds
where ($1::text is null or township = $1) and ($2::text is null or status = $2)
  and ($3::timestamptz is null or (offered_at, crowd) < ($3, $4::text))
order by offered_at desc, crowd desc limit $5

-- name: one
select crowd, township, about, status, urgent, households, reasons, since, offered_at, changed_at, lead, decided_by, sealed_note
from crowds where crowd = $1

-- name: appeals
select c.crowd, c.appeal, c.number, c.channel, c."group", c.village, c.joined_at, c.merged, a.status, a.opened_at,
    (select count(distinct m.person) from messages m
     where m.appeal = c.appeal and m.kind in ('appeal', 'enquiry', 'supplement')) as households
from crowd_appeals c left join appeals a on a.appeal = c.appeal
where c.crowd = any($1::text[])
order by c.crowd, a.opened_at, c.number

-- name: waiting
select appeal from appeals where appeal = any($1::text[]) and status = any($2::text[])

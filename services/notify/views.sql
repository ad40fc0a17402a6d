-- name: queued
insert into replies (reply, position, appeal, channel, "group", audience, person, quote, template, sealed_text, urgent, via, lane,
                     try_at, queued_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
on conflict (reply) do nothing

-- name: delivered
update replies set status = 'delivered', attempts = $2, reason = null, done_at = $3, adapter = $4 where reply = $1

-- name: handed
update replies set status = 'handed', adapter = $2 where reply = $1 and status = 'queued'

-- name: failed
update replies set status = case when $4 then 'failed' else 'queued' end, attempts = $2, reason = $3,
    try_at = coalesce($5, try_at), done_at = case when $4 then $6::timestamptz end, parts = $7, adapter = $8
where reply = $1 and status <> 'delivered'

-- name: late
update replies set late_at = $2 where reply = $1

-- name: requeued
update replies set status = 'queued', try_at = $2, done_at = null where reply = $1 and status = 'failed'

-- name: to_send
-- the first waiting replies of every lane but those of channels that take nothing now: the first of each, the second of each …,
-- so that one lane's heap hides no other lane
select r.reply, r.position, r.appeal, r.channel, r."group", r.audience, r.person, r.quote, r.template, r.sealed_text, r.urgent,
       r.via, r.lane, r.parts, r.attempts, r.try_at, r.queued_at, e.id as event, e.correlation
from (select distinct lane from replies where status = 'queued' and lane <> all($3::text[])) lanes
cross join lateral (
    select w.*, row_number() over (order by w.position) as place
    from replies w where w.status = 'queued' and w.lane = lanes.lane order by w.position limit $1
) r
join events e on e.position = r.position -- the event that queued it: what becomes of the reply is because of that
order by r.place, r.position limit $2

-- name: not_told
select reply, position, channel, "group", urgent, status, reason, queued_at from replies
where late_at is null and via is null and status <> 'delivered'
order by position limit $1

-- name: list
select reply, position, appeal, channel, "group", audience, quote, template, sealed_text, urgent, status, attempts, reason,
       adapter, via, late_at, queued_at, done_at
from replies
where ($1::text is null or appeal = $1) and ($2::text is null or status = $2) and ($3::bigint is null or position < $3)
order by position desc limit $4

-- name: by_hand
select reply, position, appeal, channel, "group", audience, quote, template, sealed_text, urgent, status, reason, adapter,
       late_at, queued_at
from replies
where status <> 'delivered' and (status = 'handed' or late_at is not null) and position > $1
order by position limit $2

-- name: sends
select at from sends where channel = $1 order by at

-- name: send_begins
insert into sends (channel, at) values ($1, $2) returning id

-- name: send_answered
update sends set at = $2 where id = $1

-- name: sends_forgotten
delete from sends where channel = $1 and at < $2

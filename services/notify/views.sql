-- name: queued
insert into replies (reply, position, appeal, channel, "group", audience, person, quote, template, sealed_text, urgent, try_at,
                     queued_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
on conflict (reply) do nothing

-- name: delivered
update replies set status = 'delivered', attempts = $2, reason = null, done_at = $3 where reply = $1

-- name: failed
update replies set status = case when $4 then 'failed' else status end, attempts = $2, reason = $3,
    try_at = coalesce($5, try_at), done_at = case when $4 then $6::timestamptz end
where reply = $1

-- name: to_send
-- the waiting replies of every group whose first one may be tried now: order within a group is kept
select reply, appeal, channel, "group", audience, person, quote, template, sealed_text, urgent, attempts, queued_at
from (
    select r.*, first_value(try_at) over in_order as first_try_at from replies r where status = 'queued'
    window in_order as (partition by channel, "group" order by position)
) waiting
where first_try_at <= $1 and try_at <= $1
order by position limit $2

-- name: next_try
-- of each group only its first waiting reply counts: the others wait for that one
select min(try_at) from (
    select distinct on (channel, "group") try_at from replies where status = 'queued' order by channel, "group", position
) first_of_group

-- name: list
select reply, position, appeal, channel, "group", audience, quote, template, sealed_text, urgent, status, attempts, reason,
       queued_at, done_at
from replies
where ($1::text is null or appeal = $1) and ($2::text is null or status = $2) and ($3::bigint is null or position < $3)
order by position desc limit $4

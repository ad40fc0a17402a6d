-- name: unsure
insert into triage (message, appeal, why) values ($1, $2, $3)
on conflict (message) do nothing

-- name: corrected
insert into triage (message, appeal, why) values ($1, $2, null)
on conflict (message) do update set appeal = excluded.appeal, why = null

-- name: confirmed
update triage set why = null where message = $1

-- name: withdrawn
update triage set why = 'withdrawn' where appeal = $1

-- name: waiting
select t.message, t.why, (select max(version) from events where stream = 'message-' || t.message) as version, m.channel, m.message_id, m."group", m.person, m.sealed_text, m.sent_at, m.recalled_at,
       m.kind, m.appeal, a.number, m.reading
from triage t join messages m using (message) left join appeals a on a.appeal = m.appeal
where t.why is not null and ($1::timestamptz is null or (m.sent_at, m.message) > ($1, $2::uuid))
order by m.sent_at, m.message limit $3

-- name: numbers
select appeal, number from appeals where appeal = any($1::text[])

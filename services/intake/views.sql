-- name: message_received
insert into messages (message, position, channel, message_id, "group", person, sealed_text, sent_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (message) do nothing

-- name: message_recalled
update messages set recalled_at = $2 where message = $1

-- name: message_read
update messages set kind = $2, appeal = $3, reading = $4 where message = $1

-- name: message_corrected
update messages set kind = $2, appeal = $3,
    reading = reading || $4::jsonb || jsonb_build_object('reasons', reading -> 'reasons' || to_jsonb($5::text))
where message = $1

-- name: appeal_opened
insert into appeals (appeal, number, kind, channel, "group", village, township, message, sealed_text, urgent, sealed, opened_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (appeal) do nothing

-- name: status_noted
update appeals set status = $2 where appeal = $1 and status <> 'withdrawn'

-- name: appeal_withdrawn
update appeals set status = 'withdrawn' where appeal = $1

-- name: appeal_sealed
-- what was said in it is read from the log, by whom it concerns
update appeals set sealed = true, sealed_text = null where appeal = $1

-- name: messages_sealed
update messages set reading = reading || '{"sealed": true}' where appeal = $1

-- name: appeals
select appeal, number, kind, channel, "group", village, township, sealed_text, urgent, sealed, status, opened_at
from appeals
where ($1::text is null or township = $1) and ($2::timestamptz is null or (opened_at, appeal) < ($2, $3::text))
order by opened_at desc, appeal desc limit $4

-- name: appeal
select appeal, number, kind, channel, "group", village, township, sealed_text, urgent, sealed, status, opened_at
from appeals where number = $1 or appeal = $1

-- name: appeal_messages
select message, channel, message_id, "group", person, sealed_text, sent_at, recalled_at, kind, appeal, reading
from messages where appeal = $1 order by sent_at, position

-- name: recent_of_group
select message_id, person, sealed_text, sent_at from messages
where channel = $1 and "group" = $2 and sent_at <= $3
order by sent_at desc, position desc limit $4

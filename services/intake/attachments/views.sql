-- name: stored
insert into attachments (sha256, type, size, blob, stored_at) values ($1, $2, $3, $4, $5)
on conflict (sha256) do update set type = excluded.type, size = excluded.size, blob = excluded.blob,
    stored_at = excluded.stored_at, used = false, due = false

-- name: used
insert into attachment_uses (message, ordinal, sha256, kind, person, sealed_names) values ($1, $2, $3, $4, $5, $6)
on conflict (message, ordinal) do nothing

-- name: wanted
update attachments set used = true, due = false where sha256 = $1

-- name: forgotten
with his as (update attachment_uses set forgotten = true where person = $1 returning message, ordinal, sha256)
update attachments a set due = true where exists (select from his where his.sha256 = a.sha256) and not exists (
    select from attachment_uses u where u.sha256 = a.sha256 and not u.forgotten and u.person <> $1)

-- name: destroyed
with gone as (delete from attachments where sha256 = $1 and blob = $2)
insert into attachment_remains (blob) values ($2) on conflict (blob) do nothing

-- name: known
select sha256, type from attachments a where sha256 = any($1::text[]) and exists (
    select from attachment_senders s where s.sha256 = a.sha256 and s.caller = coalesce($2, s.caller) and s.sent_at >= $3)

-- name: sent
insert into attachment_senders (sha256, caller, sent_at) values ($1, $2, $3)
on conflict (sha256, caller) do update set sent_at = greatest(attachment_senders.sent_at, excluded.sent_at)

-- name: unremembered
delete from attachment_senders where sent_at < $1

-- name: find
select a.sha256, a.type, a.size, a.blob,
    exists (select from shown_attachments s where s.sha256 = a.sha256 and s.open) as open
from attachments a where a.sha256 = $1

-- name: of_messages
select message, ordinal, sha256, type, size, kind, sealed_names, open from shown_attachments
where message = any($1::uuid[]) order by message, ordinal

-- name: of_appeal
select s.message, s.ordinal, s.sha256, s.type, s.size, s.kind, s.sealed_names, s.open
from shown_attachments s join messages m using (message) where m.appeal = $1 order by m.sent_at, m.position, s.ordinal

-- name: to_destroy
select sha256, blob from attachments a where (due or (not used and stored_at <= $1))
    and not exists (select from attachment_uses u where u.sha256 = a.sha256 and not u.forgotten)
order by stored_at limit $2

-- name: oldest_unused
select min(stored_at) from attachments where not used

-- name: used_since
-- What the view has not seen yet: somebody may have sent the file again this very moment.
select exists (select from events where position > (select position from followers where name = 'appeals')
    and type in ('minsheng.intake.message-received.v1', 'minsheng.intake.attachments-added.v1')
    and data->'attachments' @> jsonb_build_array(jsonb_build_object('sha256', $1::text)))

-- name: remains
select blob from attachment_remains order by blob limit $1

-- name: removed
delete from attachment_remains where blob = $1

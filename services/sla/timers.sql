-- name: held
select 1 from timers where appeal = any($1::text[]) order by appeal for update

-- name: due
-- what is due now, the longest due first; what another replica has in its hands is left to it
select appeal, due_at, causation, correlation from timers where due_at <= $1 order by due_at limit $2 for update skip locked

-- name: arm
-- what began the case's work, or began it again, stays the cause of what time does to its clocks
insert into timers (appeal, due_at, causation, correlation)
select * from unnest($1::text[], $2::timestamptz[], $3::uuid[], $4::uuid[])
on conflict (appeal) do update set
    due_at = excluded.due_at, causation = coalesce(excluded.causation, timers.causation),
    correlation = coalesce(excluded.correlation, timers.correlation)
where timers.due_at <> excluded.due_at or excluded.correlation is not null

-- name: disarm
delete from timers where appeal = any($1::text[])

-- name: postpone
update timers set due_at = $2 where appeal = $1

-- name: next
select min(due_at) from timers

-- name: waiting
select count(*) from timers where due_at <= $1

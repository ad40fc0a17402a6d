-- name: put
insert into clocks (appeal, promise, round, number, department, township, started_at, due_at, overdue, steps, stopped_at,
                    in_time, look_at, paused_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
on conflict (appeal, promise) do update set
    round = excluded.round, department = excluded.department, started_at = excluded.started_at, due_at = excluded.due_at,
    overdue = excluded.overdue, steps = excluded.steps, stopped_at = excluded.stopped_at, in_time = excluded.in_time,
    look_at = excluded.look_at, paused_at = excluded.paused_at

-- name: due
select distinct appeal from clocks where look_at <= $1 limit $2

-- name: next_look
select min(look_at) from clocks

-- name: of_appeal
select appeal, promise, round, number, department, township, started_at, due_at, overdue, steps, stopped_at, in_time, paused_at
from clocks where appeal = $1 or number = $1 order by promise

-- name: overdue
select appeal, promise, round, number, department, township, started_at, due_at, overdue, steps, stopped_at, in_time, paused_at
from clocks where overdue and stopped_at is null order by due_at, appeal, promise limit $1

-- name: timers
select count(*) filter (where look_at > $1) as armed, count(*) filter (where look_at <= $1) as due,
       count(*) filter (where look_at <= $2) as late
from clocks where look_at is not null

-- name: clocks
-- A clock that was warned of is looked at next when it is due. Each half reads only an index of what is not over.
select promise, case when look_at = due_at then 'warned' else 'running' end as state, count(*) as many
from clocks where look_at is not null and not overdue group by 1, 2
union all
select promise, 'overdue', count(*) from clocks where overdue and stopped_at is null group by 1

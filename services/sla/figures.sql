-- name: clocks
-- One pass over the clocks that somebody must look at again. One that was warned of is looked at next when it is due.
select promise,
       count(*) filter (where not overdue and look_at <> due_at) as running,
       count(*) filter (where not overdue and look_at = due_at) as warned,
       count(*) filter (where look_at > $1) as armed,
       count(*) filter (where look_at <= $1) as due,
       count(*) filter (where look_at <= $2) as late
from clocks where look_at is not null group by promise

-- name: overdue
select promise, count(*) as overdue from clocks where overdue and stopped_at is null group by promise

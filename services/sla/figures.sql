-- name: timers
select count(*) filter (where due_at > $1) as armed, count(*) filter (where due_at <= $1) as due,
       count(*) filter (where due_at <= $2) as late
from timers

-- name: clocks
-- Read off the index of those that are not over.
select promise,
       count(*) filter (where paused_at is null and not overdue and warn_at > $1) as running,
       count(*) filter (where paused_at is null and not overdue and warn_at <= $1) as warned,
       count(*) filter (where paused_at is null and overdue) as overdue,
       count(*) filter (where paused_at is not null) as paused
from clocks where stopped_at is null group by promise

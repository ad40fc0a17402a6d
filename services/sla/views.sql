-- name: put
insert into clocks (appeal, promise, round, number, department, department_name, township, category, level, policy, calendar,
                    warning, started_at, warn_at, due_at, overdue, steps, acknowledged, paused_at, stopped_at, in_time, kept_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
on conflict (appeal, promise, round) do update set
    department = excluded.department, department_name = excluded.department_name, calendar = excluded.calendar,
    warn_at = excluded.warn_at, due_at = excluded.due_at, overdue = excluded.overdue, steps = excluded.steps,
    acknowledged = excluded.acknowledged, paused_at = excluded.paused_at, stopped_at = excluded.stopped_at,
    in_time = excluded.in_time, kept_by = excluded.kept_by

-- name: of_appeal
-- the last round of each promise
select distinct on (c.promise) c.*
from clocks c where c.appeal = $1 or c.number = $1 order by c.promise, c.round desc

-- name: overdue
select * from clocks where overdue and stopped_at is null order by due_at, appeal, promise limit $1

-- name: soon
-- what runs and is due by a moment, the broken left out
select * from clocks
where stopped_at is null and paused_at is null and not overdue and due_at <= $1
  and ($2::text is null or department = $2) order by due_at, appeal, promise limit $3

-- name: on_time
-- of the promises whose time came, or that were kept, within a period: how many were kept
select case $1 when 'department' then department_name when 'township' then township when 'category' then category
               when 'level' then level when 'month' then to_char(settled_at at time zone 'Asia/Shanghai', 'YYYY-MM')
               else promise end as name,
       count(*) as settled, count(*) filter (where in_time) as kept
from clocks
where settled_at >= $2 and settled_at < $3 and ($4::text is null or promise = $4)
group by 1 order by settled desc, name

-- name: load_of_departments
select department_name as name, count(*) as open, count(*) filter (where overdue) as overdue,
       count(*) filter (where not overdue and paused_at is null and due_at <= $1) as due_soon,
       count(*) filter (where paused_at is not null) as paused
from clocks where promise = 'resolve' and stopped_at is null
group by department_name order by overdue desc, open desc, name limit 500

-- name: load_of_officers
-- an officer has what he answered first
select a.kept_by as name, count(*) as open, count(*) filter (where r.overdue) as overdue,
       count(*) filter (where not r.overdue and r.paused_at is null and r.due_at <= $1) as due_soon,
       count(*) filter (where r.paused_at is not null) as paused
from clocks r
join clocks a on a.appeal = r.appeal and a.promise = 'accept' and a.round = 1 and a.kept_by is not null
where r.promise = 'resolve' and r.stopped_at is null
group by a.kept_by order by overdue desc, open desc, name limit 500

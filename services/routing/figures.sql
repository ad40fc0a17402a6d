-- name: open_cases
-- Named one by one, so that the index (department, status, …) is skipped through: closed cases grow for ever and are not read.
select department, status, count(*) as many from cases
where status in ('unassigned', 'assigned', 'accepted', 'in_progress', 'resolved', 'called_back')
group by department, status

-- name: timers
select count(*) filter (where resume_at > $1) as armed, count(*) filter (where resume_at <= $1) as due,
       count(*) filter (where resume_at <= $1 - interval '1 minute') as late
from cases where resume_at is not null

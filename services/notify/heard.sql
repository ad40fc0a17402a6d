-- name: put_case
insert into cases (appeal, number, channel, "group", village, township, department_name, status, reopened, opened_at)
values ($1, $2, $3, $4, $5, $6, $7, coalesce($8, 'assigned'), $9, $10)
on conflict (appeal) do update set
    department_name = excluded.department_name, status = coalesce($8, cases.status), reopened = cases.reopened + $9

-- name: forget_case
-- a case that was sealed is spoken of no more
with its as (delete from happenings where appeal = $1)
delete from cases where appeal = $1

-- name: happened
insert into happenings (position, channel, "group", what, appeal, round, township, department_name, well, title)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict do nothing

-- name: upto
select coalesce((select position from followers where name = 'heard'), 0)

-- name: days
-- what happened in each group in which anything did
select channel, "group",
       count(distinct appeal) filter (where what = 'case-assigned') as opened,
       count(distinct appeal) filter (where what = 'case-accepted') as accepted,
       count(distinct appeal) filter (where what = 'case-resolved') as resolved,
       count(distinct appeal) filter (where what = 'case-closed' and well) as confirmed,
       count(distinct appeal) filter (where what = 'case-reopened') as reopened,
       coalesce(array_agg(title order by position) filter (where title is not null), '{}') as titles
from happenings where position > $1 and position <= $2
group by channel, "group" order by channel, "group"

-- name: open_of_days
-- the open cases of those groups, the oldest of each, with how many there are
select o.*
from (select distinct channel, "group" from happenings where position > $1 and position <= $2) g
cross join lateral (
    select c.*, count(*) over () as open from open_cases c
    where c.channel = g.channel and c."group" = g."group" order by c.opened_at, c.number limit $3
) o

-- name: week
select count(distinct appeal) filter (where what = 'case-assigned') as opened,
       count(distinct appeal) filter (where what = 'case-resolved') as resolved,
       count(*) filter (where what = 'accept') as answers_due,
       count(*) filter (where what = 'accept' and well) as answered_in_time,
       count(*) filter (where what = 'resolve') as resolutions_due,
       count(*) filter (where what = 'resolve' and well) as resolved_in_time,
       count(*) filter (where what = 'case-called-back') as called_back,
       count(*) filter (where what = 'case-called-back' and well is null) as unrated,
       count(*) filter (where what = 'case-called-back' and not well) as dissatisfied,
       (select count(*) from open_cases) as open,
       (select count(*) from open_cases where late) as late
from happenings where position > $1 and position <= $2

-- name: shares
-- the same by township and by department
select coalesce(township, department_name) as name, grouping(township) = 0 as town,
       count(distinct appeal) filter (where what = 'case-assigned') as opened,
       count(distinct appeal) filter (where what = 'case-resolved') as resolved
from happenings where position > $1 and position <= $2 and what in ('case-assigned', 'case-resolved')
group by grouping sets ((township), (department_name)) order by opened desc, resolved desc, name

-- name: oldest
select * from open_cases order by opened_at, number limit $1

-- name: open_to_all
-- which of these cases, opened since a position, were neither sealed nor withdrawn, as one is that should have been sealed
select c.appeal from cases c
where c.appeal = any($1::text[]) and not exists (
    select from happenings h where h.position > $2 and h.appeal = c.appeal and h.what = 'case-withdrawn'
)

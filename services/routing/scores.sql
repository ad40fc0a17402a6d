-- name: known
insert into scored_cases (appeal, township, category) values ($1, $2, $3) on conflict (appeal) do nothing

-- name: left_out
-- what is sealed stays so
update scored_cases set left_out = $2 where appeal = $1 and left_out is distinct from 'sealed'

-- name: counted
-- a promise belongs to who owed it first, at the time at which it was due
insert into scores (appeal, what, nth, department, at, well, satisfied) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (appeal, what, nth) do update set well = excluded.well

-- name: rates
select case $1 when 'department' then s.department when 'township' then c.township when 'category' then c.category
               when 'month' then to_char(s.at at time zone 'Asia/Shanghai', 'YYYY-MM') else 'county' end as name,
       c.left_out is not null as excluded,
       count(*) filter (where what = 'case') as cases,
       count(*) filter (where what = 'answer' and well) as answered,
       count(*) filter (where what = 'answer') as answers_due,
       count(*) filter (where what = 'call' and well) as solved,
       count(*) filter (where what = 'call' and well is not null) as solved_or_not,
       count(*) filter (where what = 'call' and satisfied) as satisfied,
       count(*) filter (where what = 'call' and satisfied is not null) as rated,
       count(*) filter (where what = 'work' and well) as settled,
       count(*) filter (where what = 'work') as settlements_due
from scores s join scored_cases c using (appeal)
where (c.left_out is null or c.left_out = 'excluded')
  and ($2::timestamptz is null or s.at >= $2) and ($3::timestamptz is null or s.at < $3)
  and ($4::text is null or s.department = $4) and ($5::text is null or c.township = $5) and ($6::text is null or c.category = $6)
group by 1, 2 order by 1, 2 limit 10000

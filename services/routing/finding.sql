-- name: list
-- One state is asked for as such: only then its own index has the order of the list.
select c.appeal, c.number, c.status, c.kind, c.category, c.department, c.department_name, c."group", c.village, c.township, c.urgent,
       c.sealed, c.waits, c.late, c.parts, c.satisfied, c.reopened, c.version, c.opened_at, c.changed_at, c.closed_at, c.lead,
       c.resume_at as suspended_until, c.signs, w.words
from cases c left join case_words w using (appeal)
where ($1::text[] is null or (cardinality($1) = 1 and c.status = ($1)[1]) or (cardinality($1) > 1 and c.status = any($1)))
  and ($2::text is null or c.department = $2)
  and ($3::text is null or c.township = $3) and ($4::text is null or c.village = $4)
  and ($5::text is null or c.field = $5) and ($6::text is null or c.category = $6) and ($7::text is null or c.kind = $7)
  and ($8::boolean is null or c.urgent = $8) and ($9::boolean is null or c.waits = $9)
  and ($10::boolean is null or (c.resume_at is not null) = $10)
  and ($11::text is null or (c.signs @> array[$11] and c.signs <> '{}'))
  and ($12::timestamptz is null or c.opened_at >= $12) and ($13::timestamptz is null or c.opened_at < $13)
  and ($14::text is null or c.lead = $14)
  and ($15::timestamptz is null or (c.opened_at, c.appeal) < ($15, $16::text))
  and ($19::text is null or w.tokens @@ $19::tsquery)
order by c.opened_at desc, c.appeal desc limit $17 offset $18

-- name: to_do
-- A department's open cases, and those in which it helps and has not done its part.
select appeal, number, status, kind, category, department, department_name, "group", village, township, urgent, sealed, waits, late,
       reopened, version, opened_at, changed_at, resume_at as suspended_until, assists
from (
    (select *, false as assists from cases
     where department = $1 and status in ('assigned', 'accepted', 'in_progress')
     order by turn, opened_at, appeal limit $2)
    union all
    (select *, true from cases
     where parts @> array[$1::text] and parts <> '{}' and status in ('assigned', 'accepted', 'in_progress')
     order by turn, opened_at, appeal limit $2)
) todo
order by turn, opened_at, appeal limit $2

-- name: counts
select status, count(*) as many from cases where department = $1 group by status

-- name: assisting
select count(*) from cases where parts @> array[$1::text] and parts <> '{}' and status in ('assigned', 'accepted', 'in_progress')

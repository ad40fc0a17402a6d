-- name: put
insert into cases (appeal, number, status, kind, category, department, channel, "group", village, township, urgent, sealed,
                   satisfied, reopened, version, opened_at, changed_at, lead, resume_at, signs, second_call)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
on conflict (appeal) do update set
    status = excluded.status, department = excluded.department, urgent = excluded.urgent, satisfied = excluded.satisfied,
    category = excluded.category, sealed = excluded.sealed,
    reopened = excluded.reopened, version = excluded.version, changed_at = excluded.changed_at,
    lead = excluded.lead, resume_at = excluded.resume_at, signs = excluded.signs,
    second_call = excluded.second_call

-- name: list
select appeal, number, status, kind, category, department, "group", village, township, urgent, sealed, satisfied, reopened,
       version, opened_at, changed_at, lead, resume_at as suspended_until, signs, second_call
from cases
where ($1::text is null or status = $1) and ($2::text is null or department = $2) and ($3::text is null or township = $3)
  and ($4::timestamptz is null or (opened_at, appeal) < ($4, $5::text)) and ($7::text is null or lead = $7)
  and ($8::boolean is null or (resume_at is not null) = $8) and ($9::text is null or signs @> array[$9::text])
  and ($10::text is null or second_call = $10)
order by opened_at desc, appeal desc limit $6

-- name: find
select appeal from cases where number = $1

-- name: led_by
select appeal from cases where lead = $1 and appeal <> $1 order by opened_at, appeal limit 500

-- name: to_resume
select appeal from cases where resume_at <= $1 order by resume_at limit $2

-- name: next_to_resume
select min(resume_at) from cases

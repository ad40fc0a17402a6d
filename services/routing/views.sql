-- name: put
insert into cases (appeal, number, status, kind, category, department, channel, "group", village, township, urgent, sealed,
                   satisfied, reopened, version, opened_at, changed_at, lead)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
on conflict (appeal) do update set
    status = excluded.status, department = excluded.department, urgent = excluded.urgent, satisfied = excluded.satisfied,
    reopened = excluded.reopened, version = excluded.version, changed_at = excluded.changed_at,
    lead = excluded.lead

-- name: list
select appeal, number, status, kind, category, department, "group", village, township, urgent, sealed, satisfied, reopened,
       version, opened_at, changed_at, lead
from cases
where ($1::text is null or status = $1) and ($2::text is null or department = $2) and ($3::text is null or township = $3)
  and ($4::timestamptz is null or (opened_at, appeal) < ($4, $5::text)) and ($7::text is null or lead = $7)
order by opened_at desc, appeal desc limit $6

-- name: find
select appeal from cases where number = $1

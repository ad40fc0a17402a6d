-- name: put
insert into cases (appeal, number, status, kind, category, department, channel, "group", village, township, urgent, sealed,
                   satisfied, reopened, version, opened_at, changed_at, lead, resume_at, signs, department_name, waits, late, parts,
                   closed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)
on conflict (appeal) do update set
    status = excluded.status, department = excluded.department, urgent = excluded.urgent, satisfied = excluded.satisfied,
    reopened = excluded.reopened, version = excluded.version, changed_at = excluded.changed_at,
    lead = excluded.lead, resume_at = excluded.resume_at, signs = excluded.signs, department_name = excluded.department_name,
    waits = excluded.waits, late = excluded.late, parts = excluded.parts, closed_at = excluded.closed_at

-- name: find
select appeal from cases where number = $1

-- name: to_resume
select appeal from cases where resume_at <= $1 order by resume_at limit $2

-- name: next_to_resume
select min(resume_at) from cases

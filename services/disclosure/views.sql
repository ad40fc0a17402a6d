-- name: published
insert into notices (notice, kind, title, body, villages, groups, amount_fen, revision, published_at, changed_at)
values ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8)
on conflict (notice) do nothing

-- name: corrected
update notices set title = $2, body = $3, amount_fen = $4, revision = $5, changed_at = $6 where notice = $1

-- name: withdrawn
update notices set withdrawn = $2, changed_at = $3 where notice = $1

-- name: list
select notice, kind, title, body, villages, groups, amount_fen, revision, withdrawn, published_at, changed_at
from notices
where ($1::text is null or kind = $1) and ($2::text is null or villages = '{}' or $2 = any(villages))
  and ($3::timestamptz is null or (published_at, notice) < ($3, $4::text))
order by published_at desc, notice desc limit $5

-- name: put
insert into notices (notice, kind, status, title, body, reach, villages, townships, groups, amount_fen, content, revision, withdrawn,
                     published_at, expires_at, changed_at, drafted_by, drafted_at, approved, publish_at, look_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
on conflict (notice) do update set
    kind = excluded.kind, status = excluded.status, title = excluded.title, body = excluded.body, reach = excluded.reach,
    villages = excluded.villages, townships = excluded.townships, groups = excluded.groups, amount_fen = excluded.amount_fen,
    content = excluded.content, revision = excluded.revision, withdrawn = excluded.withdrawn, published_at = excluded.published_at,
    expires_at = excluded.expires_at, changed_at = excluded.changed_at, drafted_by = excluded.drafted_by,
    drafted_at = excluded.drafted_at, approved = excluded.approved, publish_at = excluded.publish_at, look_at = excluded.look_at

-- name: list
select notice, kind, status, title, body, reach, villages, townships, groups, amount_fen, revision, withdrawn, published_at,
       expires_at, changed_at,
       (select count(*) from questions q where q.notice = n.notice) as questions,
       (select count(*) from questions q where q.notice = n.notice and q.answered_at is not null) as answered
from notices n
where published_at is not null
  and ($1::text is null or kind = $1)
  and ($2::text is null or $2 = any(villages) or (villages = '{}' and (townships = '{}' or townships && array(
        select township from places where village = $2))))
  and ($3::timestamptz is null or (published_at, notice) < ($3, $4::text))
order by published_at desc, notice desc limit $5

-- name: drafts
select notice, kind, status, title, body, reach, villages, townships, groups, amount_fen, revision, drafted_by, drafted_at, approved,
       publish_at, expires_at
from notices
where drafted_at is not null and ($1::timestamptz is null or (drafted_at, notice) < ($1, $2::text))
order by drafted_at desc, notice desc limit $3

-- name: due
select notice from notices where look_at <= $1 order by look_at limit $2

-- name: next_look
select min(look_at) from notices

-- name: last_account
-- with how much the last account of a village's funds ended that was published and covers a time before
select (content ->> 'closing_fen')::bigint as closing_fen
from notices
where kind = 'asset' and status in ('published', 'expired') and content is not null and villages = array[$1::text] and notice <> $3
  and (content ->> 'ends_on')::date < $2::date
order by (content ->> 'ends_on')::date desc limit 1

-- name: put_place
insert into places (channel, "group", village, township) values ($1, $2, $3, $4)
on conflict (channel, "group") do update set village = excluded.village, township = excluded.township

-- name: groups_of
-- a village is one of the township's, where that is told too
select channel || '/' || "group" as "group", township from places
where $1 = 'county'
   or ($1 = 'township' and township = any($3::text[]))
   or (village = any($2::text[]) and ($3::text[] = '{}' or township = any($3::text[])))
order by 1

-- name: townships_of
select distinct township from places where village = any($1::text[]) order by township

-- name: questioned
insert into questions (appeal, notice, number, asked_at) values ($1, $2, $3, $4)
on conflict (appeal) do update set notice = excluded.notice, number = excluded.number, asked_at = excluded.asked_at

-- name: answered
insert into questions (appeal, answered_at) values ($1, $2) on conflict (appeal) do update set answered_at = excluded.answered_at

-- name: questions
select appeal, number, asked_at, answered_at from questions where notice = $1 order by asked_at, appeal limit 500

-- name: settle
insert into settled (appeal, village, township, dispute, settled_at) values ($1, $2, $3, $4, $5)
on conflict (appeal) do update set settled_at = excluded.settled_at, dispute = excluded.dispute

-- name: unsettle
delete from settled where appeal = $1

-- name: totals
select case $5
           when 'month' then to_char(at at time zone 'Asia/Shanghai', 'YYYY-MM')
           when 'township' then township
           when 'village' then township || '/' || village
           else ''
       end as name,
       what, count(*) as many, coalesce(sum(amount_fen), 0) as fen
from counted
where at >= $1 and at < $2 and ($3::text is null or township = $3) and ($4::text is null or village = $4)
group by 1, 2 order by 1, 2

-- name: between
-- what stands or stood before the public, oldest first; what was withdrawn is told to be
select notice, kind, status, title, body, reach, villages, townships, amount_fen, content, revision, withdrawn, published_at, expires_at
from notices
where published_at is not null and ($1::text is null or kind = $1)
  and ($2::timestamptz is null or published_at >= $2) and ($3::timestamptz is null or published_at < $3)
  and ($4::text is null or $4 = any(townships))
order by published_at, notice limit $5

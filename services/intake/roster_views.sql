-- name: heard_of
insert into groups (channel, "group", position) select * from unnest($1::text[], $2::text[], $3::bigint[])
on conflict (channel, "group") do nothing

-- name: registered
update groups set village = $3, township = $4 where channel = $1 and "group" = $2

-- name: spoke
insert into speakers (channel, "group", person, position, sealed_sender, first_at, last_at, messages)
select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::bigint[])
on conflict (channel, "group", person) do update set
    sealed_sender = excluded.sealed_sender,
    first_at = least(speakers.first_at, excluded.first_at),
    last_at = greatest(speakers.last_at, excluded.last_at),
    messages = speakers.messages + excluded.messages

-- name: told_apart
update speakers s set unknown = not s.unknown
from unnest($1::text[], $2::text[], $3::text[]) as k (channel, "group", person)
where s.channel = k.channel and s."group" = k."group" and s.person = k.person and s.unknown = exists (
    select from members m
    where m.channel = s.channel and m."group" = s."group" and m.person = s.person and (m.until is null or m.until > s.last_at)
)

-- name: known_members
select m.channel, m."group", m.person, m.position, m.sealed_sender, m.sealed_real_name, m.stints
from unnest($1::text[], $2::text[], $3::text[]) as k (channel, "group", person)
join members m on m.channel = k.channel and m."group" = k."group" and m.person = k.person

-- name: put_member
insert into members (channel, "group", person, position, sealed_sender, sealed_real_name, stints, until)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (channel, "group", person) do update set
    sealed_sender = excluded.sealed_sender, sealed_real_name = excluded.sealed_real_name,
    stints = excluded.stints, until = excluded.until

-- name: changed
insert into roster_changes (position, person, channel, "group", change, sealed_real_name, role, department, since, until,
                            recorded_at, actor)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: groups
select g.channel, g."group", g.village, g.township, g.position, m.members, s.unknown, s.last_spoke
from groups g,
lateral (
    select count(*) as members from members m
    where m.channel = g.channel and m."group" = g."group" and (m.until is null or m.until > $1)
) m,
lateral (
    select max(s.last_at) as last_spoke, count(*) filter (where s.unknown) as unknown
    from speakers s where s.channel = g.channel and s."group" = g."group"
) s
where ($2::text is null or g.township = $2) and ($3::text is null or g.village = $3) and g.position > $4
order by g.position limit $5

-- name: group
select channel, "group", village, township from groups where channel = $1 and "group" = $2

-- name: members
select m.person, m.position, m.sealed_sender, m.sealed_real_name, m.stints, s.last_at as last_spoke, coalesce(s.messages, 0) as messages
from members m
left join speakers s on s.channel = m.channel and s."group" = m."group" and s.person = m.person
where m.channel = $1 and m."group" = $2 and m.position > $3
order by m.position limit $4

-- name: unknown
select s.person, s.channel, s."group", g.village, g.township, s.sealed_sender,
       coalesce(here.sealed_real_name, elsewhere.sealed_real_name) as sealed_real_name, here.until,
       s.first_at as first_spoke, s.last_at as last_spoke, s.messages, s.position
from speakers s
join groups g on g.channel = s.channel and g."group" = s."group"
left join members here on here.channel = s.channel and here."group" = s."group" and here.person = s.person
left join lateral (select sealed_real_name from members m where m.person = s.person order by position desc limit 1) elsewhere on true
where s.unknown
  and ($1::text is null or s.channel = $1) and ($2::text is null or s."group" = $2) and ($3::text is null or g.township = $3)
  and ($4::bigint is null or s.position < $4)
order by s.position desc limit $5

-- name: person
select g.channel, g."group", g.village, g.township, coalesce(m.sealed_sender, s.sealed_sender) as sealed_sender, m.sealed_real_name,
       m.stints, s.first_at as first_spoke, s.last_at as last_spoke, coalesce(s.messages, 0) as messages
from groups g
left join members m on m.channel = g.channel and m."group" = g."group" and m.person = $1
left join speakers s on s.channel = g.channel and s."group" = g."group" and s.person = $1
where (g.channel, g."group") in (
    select channel, "group" from members where person = $1 union select channel, "group" from speakers where person = $1
)
order by g.position

-- name: changes_of
select recorded_at, actor, change, channel, "group", sealed_real_name, role, department, since, until
from roster_changes where person = $1 order by position desc limit $2

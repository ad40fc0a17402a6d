-- name: waiting
-- Each part reads an index of what has not arrived yet.
select (select count(*) from replies where status = 'queued') as queued,
       (select min(queued_at) from replies where status = 'queued' and urgent) as urgent,
       (select min(queued_at) from replies where status = 'queued' and not urgent) as other,
       (select count(*) from replies where status <> 'delivered' and (status = 'handed' or late_at is not null)) as by_hand

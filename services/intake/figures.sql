-- name: waiting
-- Each part reads an index of what is not settled yet.
select (select count(*) from media where trouble is null) as media,
       (select count(*) from triage where why is not null) as triage

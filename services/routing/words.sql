-- name: put
-- Only under a living key, which stays alive until this is written: whoever is forgotten meanwhile waits, and then takes it away.
insert into case_words (appeal, reporter, opened_at, words, tokens)
select u.appeal, u.reporter, u.opened_at, u.words, u.tokens::tsvector
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[])
     as u (appeal, reporter, opened_at, words, tokens, sealed)
join person_keys k on k.id = split_part(u.sealed, ':', 2)::uuid and k.key is not null
for share of k
on conflict do nothing

-- name: drop
delete from case_words where appeal = any($1::text[])

-- name: plan_anew
-- What is not asked for must not be planned for: a plan for all questions would read the whole table for any of them. And a page of
-- an index costs no more than any other: no disk turns under it. Both until the end of the transaction.
select set_config('plan_cache_mode', 'force_custom_plan', true), set_config('random_page_cost', '1.1', true)

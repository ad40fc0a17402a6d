-- name: told
select w.appeal, c.number, w.words as text, c.category, c.department, c.village, c.township, c.opened_at, c.satisfied
from case_words w join cases c using (appeal)
where w.appeal = $1

-- name: solved
-- The newest solved cases of a category. With whom its reporter was not satisfied is no example.
select w.appeal, c.number, w.words as text, c.category, c.department, c.village, c.township, c.opened_at, c.satisfied
from cases c join case_words w using (appeal)
where c.category = $1 and c.status in ('resolved', 'called_back', 'closed') and not c.sealed and c.satisfied is not false
order by c.opened_at desc, c.appeal desc limit $2

-- name: sharing
-- Solved cases of whatever category among the newest that say one of a few rare things.
select w.appeal, c.number, w.text, c.category, c.department, c.village, c.township, c.opened_at, c.satisfied
from (select appeal, words as text from case_words where tokens @@ $1::text::tsquery order by opened_at desc, appeal desc limit $2) w
join cases c using (appeal)
where c.status in ('resolved', 'called_back', 'closed') and not c.sealed and c.satisfied is not false

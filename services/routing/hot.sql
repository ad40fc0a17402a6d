-- name: raised
-- What was opened since $1, newest first, a page behind ($2, $3). What is sealed never counts.
select w.appeal, w.reporter as household, w.opened_at as at, c.village, c.township, w.words as text, c.category
from case_words w join cases c using (appeal)
where w.opened_at >= $1 and (w.opened_at, w.appeal) < ($2, $3) and not c.sealed
order by w.opened_at desc, w.appeal desc limit $4

-- name: shown
select appeal, number, status, category, department, "group", village, township, opened_at
from cases where appeal = any($1::text[]) and not sealed

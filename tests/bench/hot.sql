-- name: within_a_year
-- As many within one year: a week of a large county.
update case_words set opened_at = now() - (now() - opened_at) / 4

-- name: of_category
-- The newest of a category that are open or solved, and have words.
select c.appeal, c.number from cases c join case_words w using (appeal)
where c.category = $1 and not c.sealed order by c.opened_at desc, c.appeal desc limit $2

-- name: moved
-- What a follower does when something happened.
update followers set position = position + 1 where name = 'case_words'

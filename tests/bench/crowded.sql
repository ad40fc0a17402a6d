-- name: indexes
select indexname, indexdef from pg_indexes
where schemaname = current_schema() and tablename in ('cases', 'case_words') and indexdef not like '%UNIQUE%'

-- name: cases
-- One every ten minutes, the newest now. What is older than the last three of a hundred is closed; one of a hundred is a report.
insert into cases (appeal, number, status, kind, category, department, department_name, channel, "group", village, township, urgent,
                   sealed, satisfied, reopened, version, opened_at, changed_at, closed_at, resume_at, signs, waits, late, parts)
select lpad(n::text, 12, '0'), 'TY-' || n,
       case when n < $1 * 0.97 then 'closed' else (array['assigned', 'accepted', 'in_progress', 'resolved', 'called_back'])[1 + n % 5] end,
       case when n % 100 = 7 then 'report' when n % 10 = 3 then 'enquiry' else 'appeal' end,
       '领域' || n % 8 || '/类别' || n % 40, 'd' || least(n % 7 * 3, n % 20), '部门' || n % 20, 'wecom', 'g' || n % 300,
       '河湾' || n % 300 || '村', '镇' || n % 12, n % 50 = 0, n % 100 = 7, n % 3 <> 0, n % 90 / 89, 5,
       now() - ($1 - n) * interval '10 minutes', now() - ($1 - n) * interval '9 minutes',
       case when n < $1 * 0.97 then now() - ($1 - n) * interval '8 minutes' end,
       case when n >= $1 * 0.97 and n % 30 = 1 then now() + interval '3 days' end,
       case when n % 90 = 1 then array['nothing_done'] when n % 1000 = 2 then array['backdated'] else '{}' end,
       n >= $1 * 0.97 and n % 17 = 0, n % 40 = 5, case when n >= $1 * 0.97 and n % 60 = 4 then array['d3'] else '{}' end
from generate_series(1, $1::integer) n

-- name: words
-- Of a place and a trouble each; one trouble of many is rare.
insert into case_words (appeal, reporter, opened_at, words, tokens)
select c.appeal, 'p' || n % 50000, c.opened_at, p.words || t.words, p.tokens::tsvector || t.tokens::tsvector
from (select *, appeal::integer as n from cases) c
join unnest($1::text[], $2::text[]) with ordinality as p (words, tokens, nth) on p.nth = 1 + c.n % cardinality($1)
join unnest($3::text[], $4::text[]) with ordinality as t (words, tokens, nth)
    on t.nth = case when c.n % 5000 = 9 then cardinality($3) else 1 + c.n * 7 % (cardinality($3) - 1) end
where not c.sealed

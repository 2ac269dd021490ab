-- Every indicator by place, in the SQL of somebody who knows the star and DuckDB and nothing of Ibis. A query gives a row
-- for each unit; behind its name is how these are counted (`endings.sql`), and what the numbers are apart by beside the
-- place, and a few what the report breaks them down by. `$today` is the day of the newest fact. Views are no more than names: nothing is worked out before it is asked.

CREATE VIEW referral_of_case AS SELECT r.*, c.area AS case_area FROM referral r JOIN "case" c USING (case_id);

CREATE VIEW parent_of_case AS
SELECT p.*, c.area, c.ended_on, coalesce(c.service, 'none') AS service FROM parent p JOIN "case" c USING (case_id);

CREATE VIEW child_of_case AS SELECT k.*, c.area FROM child k JOIN "case" c USING (case_id);

CREATE VIEW pair AS
SELECT c.area, before.case_id AS cluster, before.instrument, before.version, later.occasion, c.ended_on,
       before.score AS before, later.score AS after, later.verdict, wanted,
       -- By the catalogue of instruments, however their codes are written; that of the ORS is of adults.
       regexp_replace(lower(before.instrument), '[-_ ]', '', 'g') IN ('phq9', 'gad7', 'core10', 'cors', 'csi16')
           OR (lower(before.instrument), before.version) = ('ors', 'adult') AS has_cut_off
FROM measure before
CROSS JOIN (VALUES ('closure'), ('follow-up-6-months'), ('follow-up-12-months')) AS every_occasion (wanted)
LEFT JOIN measure later ON later.case_id = before.case_id AND later.person_id = before.person_id
    AND later.instrument = before.instrument AND later.version = before.version AND later.occasion = wanted
JOIN "case" c ON c.case_id = before.case_id
WHERE before.occasion = 'baseline' AND (later.score IS NOT NULL OR CASE wanted
    WHEN 'closure' THEN c.ended_on IS NOT NULL
    WHEN 'follow-up-6-months' THEN c.ended_on + INTERVAL 6 MONTH <= getvariable('today')
    ELSE c.ended_on + INTERVAL 12 MONTH <= getvariable('today') END);

CREATE VIEW came_again AS
SELECT ended.area, ended.case_id AS cluster, ended.ended_on, first.again_within_months, first.again_for_same_reason
FROM "case" ended
LEFT JOIN (
    SELECT * FROM "case" WHERE previous_case_id IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY previous_case_id ORDER BY again_within_months, again_on, case_id) = 1
) first ON first.previous_case_id = ended.case_id
WHERE ended.started_on IS NOT NULL AND ended.ended_on IS NOT NULL AND ended.ending <> 'halted-for-safety';

CREATE VIEW stated AS
SELECT case_id, area, referred, started_on,
       unnest(['sex', 'ethnicity', 'first_language', 'disability', 'employment']) AS characteristic,
       coalesce(unnest([sex, ethnicity, first_language, disability, employment]), 'not-stated') AS category
FROM parent_of_case WHERE screened;

CREATE VIEW cost_of_part AS
WITH part AS (
    SELECT case_id, provider, service, bool_or(completed) AS completed, bool_and(unit_cost_pence IS NOT NULL) AS priced,
           sum(unit_cost_pence * CASE unit_cost_for
               WHEN 'completed-case' THEN completed::BIGINT
               WHEN 'started-case' THEN (started_on IS NOT NULL OR completed)::BIGINT ELSE sessions END) AS spent
    FROM referral WHERE started_on IS NOT NULL OR completed OR sessions > 0 GROUP BY ALL
),
started AS (
    SELECT case_id, coalesce(started_provider, 'none') AS provider, coalesce(started_service, 'none') AS service,
           count(*) AS parents
    FROM parent WHERE started_on IS NOT NULL GROUP BY ALL
)
SELECT part.*, coalesce(started.parents, 0) AS parents, c.area, c.children
FROM part LEFT JOIN started USING (case_id, provider, service) JOIN "case" c USING (case_id);

CREATE VIEW cost_of_case AS
SELECT case_id, area, any_value(children) AS children, bool_or(completed) AS completed, bool_and(priced) AS priced,
       sum(spent) AS spent, sum(parents) AS parents
FROM cost_of_part GROUP BY case_id, area;

CREATE VIEW price_due AS
SELECT r.case_id, c.area, unit_cost_for || ' ' || unit_cost_pence AS price, any_value(c.priced) AS counted,
       sum(CASE unit_cost_for WHEN 'completed-case' THEN r.completed::BIGINT
           WHEN 'started-case' THEN (started_on IS NOT NULL OR r.completed)::BIGINT ELSE sessions END) AS value
FROM referral r JOIN cost_of_case c USING (case_id) WHERE unit_cost_pence IS NOT NULL GROUP BY ALL HAVING value > 0;

CREATE VIEW better_child AS
SELECT case_id, person_id FROM measure WHERE occasion = 'closure' AND NOT is_parent GROUP BY ALL
HAVING bool_or(verdict IN ('recovered', 'improved')) AND NOT bool_or(verdict = 'deteriorated');

CREATE VIEW taught AS
SELECT a.area, m.module, t.practitioner_id AS cluster, t.used, m.before, m.after, m.later
FROM training t JOIN training_module m USING (training_id) JOIN training_area a USING (training_id);

CREATE VIEW screener AS
SELECT s.area, s.practitioner_id AS cluster, s.decision, CASE WHEN since IS NULL THEN 'never-trained'
       WHEN screened_on < since THEN 'before-training' ELSE 'after-training' END AS standing
FROM screening s
LEFT JOIN (SELECT practitioner_id, min(completed_on) AS since FROM training GROUP BY ALL) USING (practitioner_id)
WHERE practitioner_id IS NOT NULL;

CREATE VIEW screener_before_and_after AS
SELECT * FROM screener WHERE standing <> 'never-trained' AND cluster IN (
    SELECT cluster FROM screener WHERE standing <> 'never-trained' GROUP BY cluster HAVING count(DISTINCT standing) = 2);

-- name: cases-screened count
SELECT area, case_id AS cluster, true AS counted FROM "case"

-- name: decision-mix mix
SELECT area, case_id AS cluster, decision AS category FROM "case"

-- name: reason-mix several
SELECT area, case_id AS cluster, coalesce(reason, 'none') AS category
FROM "case" LEFT JOIN case_reason USING (case_id)

-- name: front-door-mix mix
SELECT area, case_id AS cluster, source AS category FROM "case"

-- name: need-mix mix
SELECT area, case_id AS cluster, level_of_need AS category FROM "case"

-- name: cases-referred share
SELECT area, source, case_id AS cluster, true AS counted, referrals > 0 AS met FROM "case"

-- name: cases-started share
SELECT area, case_id AS cluster, true AS counted, started_on IS NOT NULL AS met FROM "case" WHERE referrals > 0

-- name: cases-finished share
SELECT area, case_id AS cluster, true AS counted, completed_on IS NOT NULL AS met
FROM "case" WHERE started_on IS NOT NULL

-- name: cases-in-process share
SELECT area, case_id AS cluster, true AS counted, ended_on IS NULL AS met FROM "case" WHERE referrals > 0

-- name: cases-closed-with-no-plan share
SELECT area, case_id AS cluster, true AS counted, ended_on IS NOT NULL AND started_on IS NULL AS met
FROM "case" WHERE referrals > 0

-- name: ending-mix mix
SELECT area, case_id AS cluster, if(ended_on IS NOT NULL, coalesce(ending, 'none'), 'under-way') AS category
FROM "case" WHERE referrals > 0 OR ending IS NOT NULL

-- name: referrals-agreed count
SELECT case_area AS area, case_id AS cluster, true AS counted FROM referral_of_case

-- name: referrals-accepted share
SELECT case_area AS area, case_id AS cluster, true AS counted, accepted_on IS NOT NULL AS met FROM referral_of_case

-- name: referrals-declined share
SELECT case_area AS area, case_id AS cluster, true AS counted, declined_on IS NOT NULL AS met FROM referral_of_case

-- name: referrals-started share
SELECT case_area AS area, case_id AS cluster, true AS counted, started_on IS NOT NULL AS met FROM referral_of_case

-- name: parents-agreeing share
SELECT area, if(is_father, 'fathers', 'others') AS father, case_id AS cluster, true AS counted, agrees AS met
FROM parent_of_case WHERE screened

-- name: agreeing-parents-taking-up share
SELECT area, case_id AS cluster, true AS counted, started_on IS NOT NULL AS met
FROM parent_of_case WHERE screened AND agrees

-- name: parents-referred count
SELECT area, case_id AS cluster, true AS counted FROM parent_of_case WHERE referred

-- name: fathers-among-referred share
SELECT area, case_id AS cluster, true AS counted, is_father AS met FROM parent_of_case WHERE referred

-- name: parents-started share
SELECT area, if(is_father, 'fathers', 'others') AS father, service, case_id AS cluster, true AS counted,
       started_on IS NOT NULL AS met
FROM parent_of_case WHERE referred

-- name: parents-completed share
SELECT area, if(is_father, 'fathers', 'others') AS father, case_id AS cluster, true AS counted, completed_on IS NOT NULL AS met
FROM parent_of_case WHERE referred AND started_on IS NOT NULL

-- name: parents-retained share
SELECT area, case_id AS cluster, ended_on IS NOT NULL OR completed_on IS NOT NULL AS counted,
       completed_on IS NOT NULL AS met
FROM parent_of_case WHERE started_on IS NOT NULL

-- name: parents-answered-6-months share
SELECT area, case_id AS cluster, true AS counted, answered_6_months_on IS NOT NULL AS met
FROM parent_of_case WHERE referred

-- name: asked-parents-answered-6-months share
SELECT area, case_id AS cluster, true AS counted, answered_6_months_on IS NOT NULL AS met
FROM parent_of_case WHERE asked_6_months_on IS NOT NULL OR answered_6_months_on IS NOT NULL

-- name: parents-answered-12-months share
SELECT area, case_id AS cluster, true AS counted, answered_12_months_on IS NOT NULL AS met
FROM parent_of_case WHERE referred

-- name: asked-parents-answered-12-months share
SELECT area, case_id AS cluster, true AS counted, answered_12_months_on IS NOT NULL AS met
FROM parent_of_case WHERE asked_12_months_on IS NOT NULL OR answered_12_months_on IS NOT NULL

-- name: parents-change-mix mix
SELECT area, case_id AS cluster, change AS category FROM parent_of_case WHERE change IS NOT NULL

-- name: days-submitted-to-agreed number
SELECT case_area AS area, case_id AS cluster, agreed_on - submitted_on AS value, value >= 0 AS counted
FROM referral_of_case WHERE nth = 1

-- name: days-agreed-to-accepted number
SELECT case_area AS area, case_id AS cluster, accepted_on - agreed_on AS value, value >= 0 AS counted
FROM referral_of_case

-- name: days-accepted-to-assessed number
SELECT case_area AS area, case_id AS cluster, assessed_on - accepted_on AS value, value >= 0 AS counted
FROM referral_of_case

-- name: days-assessed-to-first-session number
SELECT case_area AS area, case_id AS cluster, started_on - assessed_on AS value, value >= 0 AS counted
FROM referral_of_case

-- name: days-first-session-to-closed number
SELECT area, case_id AS cluster, ended_on - started_on AS value,
       value >= 0 AND ending <> 'halted-for-safety' AS counted
FROM "case" WHERE started_on IS NOT NULL

-- name: days-submitted-to-first-session number
SELECT area, case_id AS cluster, started_on - first_submitted_on AS value, value >= 0 AS counted
FROM "case" WHERE referrals > 0

-- name: attendance share
SELECT r.case_area AS area, if(is_parent, 'parents', 'children') AS who, a.case_id AS cluster, true AS counted,
       attended <> 'no' AS met
FROM attendance a JOIN referral_of_case r USING (case_id, referral_id)

-- name: childs-views-sought share
SELECT area, case_id AS cluster, true AS counted, views_source <> 'not-sought' AS met FROM child_of_case

-- name: childs-views-mix mix
SELECT area, case_id AS cluster, views_source AS category FROM child_of_case

-- name: children-taking-part share
SELECT area, case_id AS cluster, true AS counted, takes_part AS met FROM child_of_case

-- name: childs-change-mix mix
SELECT area, case_id AS cluster, change AS category FROM child_of_case WHERE change IS NOT NULL

-- name: change-at-closure number instrument version
SELECT area, cluster, instrument, version, after - before AS value, value IS NOT NULL AS counted
FROM pair WHERE wanted = 'closure'

-- name: reliably-better-at-closure share instrument version
SELECT area, cluster, instrument, version, verdict IS NOT NULL AS counted, verdict IN ('recovered', 'improved') AS met
FROM pair WHERE wanted = 'closure'

-- name: recovered-at-closure share instrument version
SELECT area, cluster, instrument, version, verdict IS NOT NULL AS counted, verdict = 'recovered' AS met
FROM pair WHERE wanted = 'closure' AND has_cut_off

-- name: reliably-worse-at-closure share instrument version
SELECT area, cluster, instrument, version, verdict IS NOT NULL AS counted, verdict = 'deteriorated' AS met
FROM pair WHERE wanted = 'closure'

-- name: change-after-6-months number instrument version
SELECT area, cluster, instrument, version, after - before AS value, value IS NOT NULL AS counted
FROM pair WHERE wanted = 'follow-up-6-months'

-- name: reliably-better-after-6-months share instrument version
SELECT area, cluster, instrument, version, verdict IS NOT NULL AS counted, verdict IN ('recovered', 'improved') AS met
FROM pair WHERE wanted = 'follow-up-6-months'

-- name: recovered-after-6-months share instrument version
SELECT area, cluster, instrument, version, verdict IS NOT NULL AS counted, verdict = 'recovered' AS met
FROM pair WHERE wanted = 'follow-up-6-months' AND has_cut_off

-- name: reliably-worse-after-6-months share instrument version
SELECT area, cluster, instrument, version, verdict IS NOT NULL AS counted, verdict = 'deteriorated' AS met
FROM pair WHERE wanted = 'follow-up-6-months'

-- name: change-after-12-months number instrument version
SELECT area, cluster, instrument, version, after - before AS value, value IS NOT NULL AS counted
FROM pair WHERE wanted = 'follow-up-12-months'

-- name: reliably-better-after-12-months share instrument version
SELECT area, cluster, instrument, version, verdict IS NOT NULL AS counted, verdict IN ('recovered', 'improved') AS met
FROM pair WHERE wanted = 'follow-up-12-months'

-- name: recovered-after-12-months share instrument version
SELECT area, cluster, instrument, version, verdict IS NOT NULL AS counted, verdict = 'recovered' AS met
FROM pair WHERE wanted = 'follow-up-12-months' AND has_cut_off

-- name: reliably-worse-after-12-months share instrument version
SELECT area, cluster, instrument, version, verdict IS NOT NULL AS counted, verdict = 'deteriorated' AS met
FROM pair WHERE wanted = 'follow-up-12-months'

-- name: came-again-6-months share
SELECT area, cluster, ended_on + INTERVAL 6 MONTH <= $today AS counted, again_within_months <= 6 AS met FROM came_again

-- name: came-again-6-months-same-reason share
SELECT area, cluster, ended_on + INTERVAL 6 MONTH <= $today AS counted,
       again_within_months <= 6 AND again_for_same_reason AS met
FROM came_again

-- name: came-again-12-months share
SELECT area, cluster, ended_on + INTERVAL 12 MONTH <= $today AS counted, again_within_months <= 12 AS met
FROM came_again

-- name: came-again-12-months-same-reason share
SELECT area, cluster, ended_on + INTERVAL 12 MONTH <= $today AS counted,
       again_within_months <= 12 AND again_for_same_reason AS met
FROM came_again

-- name: reach-mix-screened mix characteristic
SELECT area, case_id AS cluster, characteristic, category FROM stated

-- name: reach-mix-referred mix characteristic
SELECT area, case_id AS cluster, characteristic, category FROM stated WHERE referred

-- name: reach-mix-started mix characteristic
SELECT area, case_id AS cluster, characteristic, category FROM stated WHERE started_on IS NOT NULL

-- name: representation-screened ratio characteristic "group"
WITH found AS (SELECT area, characteristic, category AS code, count(*) AS parents FROM stated GROUP BY ALL),
figure AS (SELECT *, coalesce(parents, 0) AS value FROM population LEFT JOIN found USING (area, characteristic, code))
SELECT area, area AS cluster, characteristic, code AS "group", true AS counted, value,
       sum(value) OVER whole * people / nullif(sum(people) OVER whole, 0) AS per
FROM figure WINDOW whole AS (PARTITION BY area, characteristic)

-- name: representation-referred ratio characteristic "group"
WITH found AS (
    SELECT area, characteristic, category AS code, count(*) AS parents FROM stated WHERE referred GROUP BY ALL
),
figure AS (SELECT *, coalesce(parents, 0) AS value FROM population LEFT JOIN found USING (area, characteristic, code))
SELECT area, area AS cluster, characteristic, code AS "group", true AS counted, value,
       sum(value) OVER whole * people / nullif(sum(people) OVER whole, 0) AS per
FROM figure WINDOW whole AS (PARTITION BY area, characteristic)

-- name: representation-started ratio characteristic "group"
WITH found AS (
    SELECT area, characteristic, category AS code, count(*) AS parents
    FROM stated WHERE started_on IS NOT NULL GROUP BY ALL
),
figure AS (SELECT *, coalesce(parents, 0) AS value FROM population LEFT JOIN found USING (area, characteristic, code))
SELECT area, area AS cluster, characteristic, code AS "group", true AS counted, value,
       sum(value) OVER whole * people / nullif(sum(people) OVER whole, 0) AS per
FROM figure WINDOW whole AS (PARTITION BY area, characteristic)

-- name: cost-per-parent ratio
SELECT area, case_id AS cluster, priced AS counted, spent AS value, parents AS per FROM cost_of_case

-- name: cost-per-child ratio
SELECT area, case_id AS cluster, priced AS counted, spent AS value, children AS per FROM cost_of_case

-- name: cost-per-completed-case ratio
SELECT area, case_id AS cluster, priced AS counted, spent AS value, completed::BIGINT AS per FROM cost_of_case

-- name: cost-per-improved-child ratio
SELECT area, case_id AS cluster, priced AS counted, spent AS value,
       (SELECT count(*) FROM better_child b WHERE b.case_id = c.case_id) AS per
FROM cost_of_case c

-- name: cost-per-parent-by-provider ratio provider service
SELECT area, case_id AS cluster, provider, service, priced AS counted, spent AS value, parents AS per FROM cost_of_part

-- name: cost-per-child-by-provider ratio provider service
SELECT area, case_id AS cluster, provider, service, priced AS counted, spent AS value, children AS per FROM cost_of_part

-- name: cost-per-completed-case-by-provider ratio provider service
SELECT area, case_id AS cluster, provider, service, priced AS counted, spent AS value, completed::BIGINT AS per
FROM cost_of_part

-- name: families-paid-for count price
SELECT area, case_id AS cluster, price, counted FROM price_due

-- name: payments ratio price
SELECT area, case_id AS cluster, price, counted, value, 1 AS per FROM price_due

-- name: outcomes-to-break-even ratio outcome
WITH spending AS (
    SELECT area, coalesce(sum(spent) FILTER (priced), 0) AS spent, bool_or(priced) AS known FROM cost_of_case GROUP BY ALL
)
SELECT area, area AS cluster, outcome, coalesce(known, false) AS counted, spent AS value, pence AS per
FROM avoidable_cost LEFT JOIN spending USING (area)

-- name: practitioners-trained count
SELECT area, practitioner_id AS cluster, true AS counted FROM training JOIN training_area USING (training_id)

-- name: practitioners-trained-in-module count module
SELECT area, module, cluster, true AS counted FROM taught

-- name: confidence-before number module
SELECT area, module, cluster, before AS value, before IS NOT NULL AND after IS NOT NULL AS counted FROM taught

-- name: confidence-after number module
SELECT area, module, cluster, after AS value, before IS NOT NULL AND after IS NOT NULL AS counted FROM taught

-- name: confidence-later number module
SELECT area, module, cluster, later AS value, later IS NOT NULL AS counted FROM taught

-- name: confidence-change number module
SELECT area, module, cluster, after - before AS value, value IS NOT NULL AS counted FROM taught

-- name: confidence-change-later number module
SELECT area, module, cluster, later - before AS value, value IS NOT NULL AS counted FROM taught

-- name: training-used share
SELECT area, practitioner_id AS cluster, used IS NOT NULL AS counted, used AS met
FROM training JOIN training_area USING (training_id)

-- name: training-used-of-module share module
SELECT area, module, cluster, used IS NOT NULL AS counted, used AS met FROM taught

-- name: screeners-trained-mix mix
SELECT DISTINCT area, cluster, if(standing = 'never-trained', 'not-trained', 'trained') AS category FROM screener

-- name: screenings-complete share standing
SELECT area, standing, cluster, true AS counted, decision <> 'more-information' AS met FROM screener

-- name: screenings-complete-of-the-same share standing
SELECT area, standing, cluster, true AS counted, decision <> 'more-information' AS met FROM screener_before_and_after

-- name: screenings-referring share standing
SELECT area, standing, cluster, true AS counted, decision = 'refer' AS met FROM screener

-- name: screenings-referring-of-the-same share standing
SELECT area, standing, cluster, true AS counted, decision = 'refer' AS met FROM screener_before_and_after

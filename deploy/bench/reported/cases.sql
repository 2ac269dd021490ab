-- What the events of a month's cases reported, as outcomes' own tables have it. Every choice is drawn from the number
-- of its case, so the same number of cases gives the same rows, however many threads make them.

CREATE OR REPLACE TABLE c AS
WITH of_month AS (
    SELECT n, DATE '2023-04-01' + (n * 1095 // $cases)::INTEGER AS day FROM range($cases) AS every_case (n)
    WHERE day >= $month AND day < $month + INTERVAL 1 MONTH
)
SELECT
    n, day, id_of(n, 'case') AS case_id, id_of(n, 'screening') AS submission_id,
    area_of(draw(n, 'area') % 24) AS area,
    pick(n, 'source', ['school', 'school', 'early-help', 'social-care', 'health-visitor', 'gp', 'camhs']) AS source,
    pick(n, 'need', ['universal', 'universal-plus', 'targeted', 'targeted', 'targeted', 'child-in-need']) AS need,
    pick(n, 'relationship', ['together', 'separated', 'separated', 'separating']) AS relationship,
    pick(n, 'decision', ['refer', 'refer', 'refer', 'refer', 'refer', 'refer', 'more-information', 'not-ready',
                         'universal-offer', 'not-suitable']) AS decision,
    CASE WHEN draw(n, 'by') >= 50 THEN id_of(hash(hash(n, 'held by')) % ($cases // 60 + 20), 'practitioner') END AS held_by,
    draw(n, 'taken back') < 10 AS is_taken_back,
    draw(n, 'corrected') < 80 AS is_corrected,
    1 + (draw(n, 'two parents') < 850)::INTEGER AS parents,
    draw(n, 'children') % 4 AS children,
    CASE WHEN decision = 'refer' AND draw(n, 'agreed') < 850
         THEN 1 + (draw(n, 'another') < 120)::INTEGER ELSE 0 END AS referrals,
    -- A family that came between half a year and a year and a half before.
    n - $cases // 36 * (6 + draw(n, 'months before') % 12) AS before
FROM of_month;

CREATE OR REPLACE TABLE p AS
SELECT n, day, case_id, submission_id, k, id_of(n, 'parent' || k) AS person_id, referrals, decision,
       CASE k WHEN 0 THEN 'mother' ELSE if(draw(n, 'step') < 100, 'step-parent', 'father') END AS role,
       decision = 'refer' AND draw(n, 'agrees' || k) < 900 AS agrees
FROM c, range(parents) AS every_parent (k);

CREATE OR REPLACE TABLE k AS
SELECT n, day, case_id, submission_id, k, id_of(n, 'child' || k) AS person_id, draw(n, 'part' || k) < 500 AS takes_part
FROM c, range(children) AS every_child (k);

CREATE OR REPLACE TABLE r AS
WITH begun AS (
    SELECT *, id_of(n, 'referral' || nth) AS referral_id,
           pick(n, 'service', ['mediation', 'mediation', 'couple-support', 'family-counselling']) AS service,
           'provider-' || (draw(n, 'area') % 24 * 2 + (draw(n, 'provider') + nth) % 2) AS provider,
           day + 1 + draw(n, 'agreed in') % 20 + 10 * (nth::INTEGER - 1) AS agreed_on,
           nth < referrals AS is_declined
    FROM c, range(1, referrals + 1) AS every_referral (nth)
),
accepted AS (
    SELECT *, CASE WHEN NOT is_declined AND draw(n, 'accepted') < 950
                   THEN agreed_on + 1 + draw(n, 'accepted in') % 12 END AS accepted_on
    FROM begun
),
assessed AS (
    SELECT *, CASE WHEN draw(n, 'assessed') < 920 THEN accepted_on + 3 + draw(n, 'assessed in') % 20 END AS assessed_on,
           CASE WHEN draw(n, 'none came') < 150 THEN 0 ELSE 1 + draw(n, 'sessions') % 5 END AS planned
    FROM accepted
)
SELECT *, if(assessed_on IS NULL, 0, planned) AS sessions,
       CASE WHEN accepted_on IS NOT NULL AND draw(n, 'closed') < 880
            THEN coalesce(assessed_on, accepted_on) + 14 + 7 * planned END AS closed_on,
       CASE WHEN assessed_on IS NOT NULL AND planned >= 2 AND draw(n, 'completed') < 820 THEN 'completed'
            ELSE pick(n, 'ending', ['ended-early', 'no-contact', 'withdrawn', 'unsuitable']) END AS ending
FROM assessed;

CREATE OR REPLACE TABLE s AS
SELECT n, case_id, referral_id, nth, number, assessed_on + 7 * number::INTEGER AS held_on, nth * 100 + 10 + number AS sequence
FROM r, range(1, sessions + 1) AS every_session (number) WHERE assessed_on + 7 * number::INTEGER <= $newest;

-- name: screening
SELECT case_id, submission_id, NULL, area || '-' || source, area, source, need, relationship,
       if(is_corrected, 'more-information', decision), held_by, day, noon(day), noon(day) + 60000000, 0, true, day
FROM c
UNION ALL
SELECT case_id, id_of(n, 'correction'), submission_id, area || '-' || source, area, source, need, relationship,
       decision, held_by, day + 1, noon(day + 1), noon(day + 1) + 60000000, 1, true, day + 1
FROM c WHERE is_corrected;

-- name: screening_reason
SELECT case_id, if(is_corrected, id_of(n, 'correction'), submission_id), reason, day
FROM c, unnest(CASE decision
    WHEN 'refer' THEN [] WHEN 'more-information' THEN ['parent-not-screened', 'indicator-unanswered']
    WHEN 'not-ready' THEN ['in-crisis'] ELSE ['no-child-named'] END) AS every_reason (reason);

-- name: screened_parent
SELECT case_id, if(is_correction, id_of(n, 'correction'), submission_id), person_id, role,
       if(k = 0, 'female', 'male'),
       pick(n, 'ethnicity' || k, ['white-british', 'white-british', 'white-british', 'asian', 'black', 'mixed', NULL]),
       pick(n, 'language' || k, ['en', 'en', 'en', 'en', 'pl', 'ur', NULL]),
       pick(n, 'disability' || k, ['no', 'no', 'no', 'no', 'yes', NULL]),
       pick(n, 'employment' || k, ['employed', 'employed', 'not-employed', NULL]), agrees, day
FROM p, unnest([false, true]) AS every_screening (is_correction)
WHERE NOT is_correction OR draw(n, 'corrected') < 80;

-- name: screened_child
SELECT case_id, if(is_correction, id_of(n, 'correction'), submission_id), person_id,
       pick(n, 'views' || k, ['direct', 'direct', 'third-party', 'observation', 'not-sought']), takes_part, day
FROM k, unnest([false, true]) AS every_screening (is_correction)
WHERE NOT is_correction OR draw(n, 'corrected') < 80;

-- name: screening_taken_back
SELECT case_id, submission_id, NULL, 2, day + 2 FROM c WHERE is_taken_back;

-- name: referral
SELECT case_id, referral_id, area, provider, service, provider || '-' || service,
       pick(n, 'agreed by', ['coordinator', 'coordinator', 'panel', 'rule']),
       if(is_corrected, id_of(n, 'correction'), submission_id), nth * 100 + 1, noon(agreed_on), children, agreed_on,
       agreed_on
FROM r WHERE agreed_on <= $newest;

-- name: referred_parent
SELECT case_id, referral_id, person_id, role, agreed_on FROM r JOIN p USING (n, case_id)
WHERE agreed_on <= $newest AND (k = 0 OR agrees);

-- name: case_step
SELECT case_id, step, referral_id, outcome, person_id, sequence, occurred_on, occurred_on
FROM (
    SELECT case_id, 'accepted' AS step, referral_id, NULL AS outcome, NULL AS person_id, nth * 100 + 2 AS sequence,
           accepted_on AS occurred_on FROM r
    UNION ALL SELECT case_id, 'declined', referral_id, 'no-capacity', NULL, nth * 100 + 3, agreed_on + 5
              FROM r WHERE is_declined
    UNION ALL SELECT case_id, 'assessed', referral_id, 'suitable', NULL, nth * 100 + 4, assessed_on FROM r
    UNION ALL SELECT case_id, 'closed', referral_id, ending, NULL, nth * 100 + 40, closed_on FROM r
    UNION ALL SELECT case_id, 'reopened', referral_id, 'family-asked', NULL, nth * 100 + 50, closed_on + 20
              FROM r WHERE draw(n, 'reopened') < 20
    UNION ALL SELECT case_id, 'halted', referral_id, 'practitioner', NULL, nth * 100 + 5, accepted_on + 2
              FROM r WHERE draw(n, 'halted') < 10
    UNION ALL SELECT case_id, 'asked', referral_id, 'follow-up-' || months || '-months', person_id,
                     nth * 100 + 52 + 10 * k + months // 6, (closed_on + months * INTERVAL 1 MONTH)::DATE
              FROM r JOIN p USING (n, case_id), unnest([6, 12]) AS every_occasion (months)
              WHERE sessions > 0 AND draw(n, 'consents' || k) < 800
)
WHERE occurred_on <= $newest;

-- name: session
SELECT case_id, referral_id, pick(n, 'kind' || number, ['joint', 'individual', 'family']), sequence, number, held_on,
       draw(n, 'held' || number) < 10, held_on
FROM s;

-- name: attendance
SELECT s.case_id, person_id, CASE WHEN draw(s.n, 'came' || number || k) < 800 THEN 'yes'
                                  WHEN draw(s.n, 'came' || number || k) < 850 THEN 'late' ELSE 'no' END, sequence, held_on
FROM s JOIN p USING (n) WHERE k = 0 OR agrees
UNION ALL
SELECT s.case_id, person_id, if(draw(s.n, 'child came' || number || k) < 700, 'yes', 'no'), sequence, held_on
FROM s JOIN k USING (n) WHERE takes_part;

-- name: measure
WITH person AS (
    SELECT n, case_id, submission_id, day, person_id, k,
           pick(n, 'instrument' || k, ['phq-9', 'gad-7', 'core-10', 'own-scale']) AS instrument, '1' AS version, 27 AS most
    FROM p WHERE draw(n, 'measured' || k) < 700
    UNION ALL
    SELECT n, case_id, submission_id, day, person_id, 5 + k, 'ors', 'young-person', 40 FROM k
    WHERE takes_part AND draw(n, 'child measured' || k) < 600
),
taken AS (
    SELECT *, 'baseline' AS occasion, submission_id AS reported_by, 0 AS sequence, day AS taken_on FROM person
    UNION ALL
    SELECT person.*, occasion, r.referral_id, nth * 100 + place + k,
           if(months = 0, closed_on, (closed_on + months * INTERVAL 1 MONTH)::DATE)
    FROM person JOIN r USING (n), (VALUES ('closure', 0, 30, 750), ('follow-up-6-months', 6, 70, 450),
                                          ('follow-up-12-months', 12, 80, 350)) AS every_occasion (occasion, months, place, so)
    WHERE sessions > 0 AND draw(n, occasion || k) < so
)
SELECT case_id, person_id, instrument, version, occasion, reported_by, sequence, noon(taken_on), taken_on,
       -- Most get better, on instruments of which less is better and on that of which it is worse.
       least(most, greatest(0, 4 + draw(n, 'score' || k) % (most - 6)
           + if(occasion = 'baseline', 0, if(instrument = 'ors', 3, -4) + draw(n, occasion || 'score' || k) % 13 - 6)))::DOUBLE,
       taken_on
FROM taken WHERE taken_on <= $newest;

-- name: view_given
SELECT case_id, person_id, pick(n, 'change' || k, ['better', 'better', 'same', 'worse']), nth * 100 + 40, closed_on
FROM (SELECT n, case_id, person_id, k FROM p UNION ALL SELECT n, case_id, person_id, 5 + k FROM k) AS person
JOIN r USING (n, case_id) WHERE closed_on <= $newest AND draw(n, 'asked' || k) < 600;

-- name: referred_again
SELECT case_id, id_of(before, 'case'), 1, if(draw(n, 'months before') % 12 < 1, 6, 12), day, draw(n, 'same') < 400, day
FROM c WHERE draw(n, 'again') < 250 AND before >= 0;

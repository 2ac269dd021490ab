-- What is not of a case: trainings of practitioners, and the directory.

CREATE OR REPLACE TABLE t AS
SELECT n, id_of(n, 'training') AS training_id, hash(hash(n, 'trained')) % ($cases // 60 + 20) AS practitioner,
       DATE '2023-06-01' + (draw(n, 'trained on'))::INTEGER AS completed_on
FROM range($cases // 100 + 40) AS every_training (n);

CREATE OR REPLACE TABLE m AS
SELECT t.*, module FROM t, unnest(['understanding-separation', 'childrens-experiences', 'engaging-parents'])
    AS every_module (module) WHERE draw(n, module) < 700;

-- name: training_said
SELECT training_id, id_of(practitioner, 'practitioner'),
       pick(n, 'profession', ['teacher', 'family-support-worker', 'nursery', NULL]), 1, completed_on, completed_on FROM t;

-- name: training_said_area
SELECT DISTINCT training_id, area_of(place), 1, completed_on
FROM t, unnest([draw(n, 'one area') % 24, draw(n, 'another area') % 24]) AS every_area (place);

-- name: training_said_module
SELECT training_id, module, 1, completed_on FROM m;

-- name: confidence_said
SELECT training_id, module, occasion, 'confidence', '1', position, 1 + (draw(n, module || 'felt') + draw(n, occasion) // 400) % 8 + gain,
       completed_on
FROM m, (VALUES ('before', 1, 0, 900), ('after', 2, 2, 800), ('follow-up', 3, 1, 400)) AS of_occasion (occasion, position, gain, so)
WHERE draw(n, module || occasion) < so;

-- name: training_use_said
SELECT training_id, 2, draw(n, 'used it') < 700, completed_on FROM t WHERE draw(n, 'answered') < 500;

-- name: directory_name
SELECT 'area', area_of(n), 'Area ' || n FROM range(24) AS every_area (n)
UNION ALL SELECT 'provider', 'provider-' || n, 'Provider ' || n FROM range(48) AS every_provider (n)
UNION ALL SELECT 'agency', area_of(n) || '-' || source, source || ' of area ' || n
FROM range(24) AS every_area (n),
     unnest(['school', 'early-help', 'social-care', 'health-visitor', 'gp', 'camhs']) AS every_source (source);

-- name: region_area
SELECT 'region-' || n // 6, 'Region ' || n // 6, area_of(n) FROM range(24) AS every_area (n);

-- name: offer_price
SELECT 'provider-' || n || '-' || service, due, CASE WHEN draw(n, service || 'priced') < 850
       THEN 4000 + 10 * draw(n, service) END
FROM range(48) AS every_provider (n), (VALUES ('mediation', 'session'), ('couple-support', 'started-case'),
                                      ('family-counselling', 'completed-case')) AS listed (service, due);

-- name: population
SELECT area_of(n), characteristic, code, 1000 + 40 * draw(n, code)
FROM range(24) AS every_area (n), (VALUES ('sex', 'female'), ('sex', 'male'), ('ethnicity', 'white-british'),
    ('ethnicity', 'asian'), ('ethnicity', 'black'), ('ethnicity', 'mixed'), ('first_language', 'en'),
    ('first_language', 'pl'), ('first_language', 'ur'), ('disability', 'yes'), ('disability', 'no'),
    ('employment', 'employed'), ('employment', 'not-employed')) AS listed (characteristic, code)
WHERE draw(n, characteristic || 'counted') < 900;

-- name: avoidable_cost
SELECT area_of(n), outcome, 'the area', pence + draw(n, outcome), DATE '2025-01-01', pence // 2, pence * 2,
       'completed-case', 0.01, 0.02, 0.04, 'the area'
FROM range(24) AS every_area (n), (VALUES ('care-proceedings', 2500000), ('school-exclusion', 400000)) AS listed (outcome, pence);

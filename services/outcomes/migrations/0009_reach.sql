-- Who is reached, against who lives there. What parents said of themselves, in codes; unknown for those kept before.
-- It leaves in no fact: with an area and a day it could point to one family.
ALTER TABLE screened_parent
    ADD COLUMN sex            text,
    ADD COLUMN ethnicity      text,
    ADD COLUMN first_language text,
    ADD COLUMN disability     text,
    ADD COLUMN employment     text;

-- Who lives in the area, as the area says.
ALTER TABLE area_figures ADD COLUMN population jsonb;

-- The parents of each case by its newest screening, and how far each came.
CREATE VIEW reached_parent AS
SELECT
    s.area, p.case_id, p.person_id, p.sex, p.ethnicity, p.first_language, p.disability, p.employment,
    w.case_id IS NOT NULL AS referred,
    coalesce(w.started, false) AS started
FROM current_screening s
JOIN screened_parent p USING (case_id, submission_id)
LEFT JOIN parent_path w ON w.case_id = p.case_id AND w.person_id = p.person_id
WHERE chosen(s.area);

CREATE VIEW summary_reach AS
SELECT
    r.area, said.characteristic, coalesce(said.code, 'not-stated') AS code,
    count(*) AS screened,
    count(*) FILTER (WHERE r.referred) AS referred,
    count(*) FILTER (WHERE r.started) AS started
FROM reached_parent r
CROSS JOIN LATERAL (VALUES
    ('sex', r.sex), ('ethnicity', r.ethnicity), ('first_language', r.first_language),
    ('disability', r.disability), ('employment', r.employment)
) AS said (characteristic, code)
GROUP BY r.area, said.characteristic, coalesce(said.code, 'not-stated')
ORDER BY r.area, said.characteristic, code;

-- Parents of one family are often alike, so it matters of how many families they are.
CREATE VIEW summary_reach_family AS
SELECT
    area, coalesce(n.name, area) AS area_name,
    count(*) AS screened,
    count(DISTINCT case_id) AS screened_families,
    count(*) FILTER (WHERE referred) AS referred,
    count(DISTINCT case_id) FILTER (WHERE referred) AS referred_families,
    count(*) FILTER (WHERE started) AS started,
    count(DISTINCT case_id) FILTER (WHERE started) AS started_families
FROM reached_parent
LEFT JOIN directory_name n ON n.kind = 'area' AND n.id = area
GROUP BY area, area_name
ORDER BY area_name, area;

CREATE VIEW summary_population AS
SELECT f.area, coalesce(n.name, f.area) AS area_name, f.population
FROM area_figures f
LEFT JOIN directory_name n ON n.kind = 'area' AND n.id = f.area
WHERE f.population IS NOT NULL AND chosen(f.area)
ORDER BY area_name, f.area;

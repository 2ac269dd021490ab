-- The parts of the summary about who is reached, against who lives there.

-- How far each parent came is looked up parent by parent: joined to all paths at once, whose number nobody can estimate,
-- it took the square of the parents.
CREATE OR REPLACE VIEW reached_parent AS
SELECT
    s.area, p.case_id, p.person_id, p.sex, p.ethnicity, p.first_language, p.disability, p.employment,
    EXISTS (
        SELECT FROM referred_parent r WHERE r.case_id = p.case_id AND r.person_id = p.person_id
    ) AS referred,
    EXISTS (
        SELECT FROM fact f
        WHERE f.case_id = p.case_id AND f.fact = 'started' AND f.subject = p.person_id::text
    ) AS started
FROM counted_screening s
JOIN screened_parent p USING (case_id, submission_id)
WHERE chosen(s.area);

CREATE OR REPLACE VIEW summary_reach AS
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
CREATE OR REPLACE VIEW summary_reach_family AS
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

CREATE OR REPLACE VIEW summary_population AS
SELECT f.area, coalesce(n.name, f.area) AS area_name, f.population
FROM area_figures f
LEFT JOIN directory_name n ON n.kind = 'area' AND n.id = f.area
WHERE f.population IS NOT NULL AND chosen(f.area)
ORDER BY area_name, f.area;

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
FROM current_screening s
JOIN screened_parent p USING (case_id, submission_id)
WHERE chosen(s.area);

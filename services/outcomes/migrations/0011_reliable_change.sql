-- How many people changed by how much on an instrument, from their baseline on the same version of it. Which change is
-- more than the instrument's own error is not for the database to know.
CREATE VIEW summary_measure_change AS
SELECT m.instrument, m.version, m.occasion, m.score - b.score AS change, count(*) AS people
FROM current_measure m
JOIN current_measure b
    ON b.occasion = 'baseline'
    AND (b.case_id, b.person_id, b.instrument, b.version) = (m.case_id, m.person_id, m.instrument, m.version)
WHERE m.occasion <> 'baseline' AND (chosen_areas() IS NULL OR m.case_id IN (SELECT case_id FROM chosen_case))
GROUP BY m.instrument, m.version, m.occasion, change
ORDER BY m.instrument, m.version, m.occasion, change;

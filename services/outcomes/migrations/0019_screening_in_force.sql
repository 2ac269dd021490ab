-- Which screening is in force of a case, and in which area, kept with the case's facts: worked out anew for each part of a
-- summary, it was most of what a summary took.
CREATE TABLE screening_in_force (
    case_id       uuid PRIMARY KEY,
    submission_id uuid NOT NULL,
    area          text NOT NULL
);
CREATE INDEX screening_in_force_by_area ON screening_in_force (area);
INSERT INTO changed_case (case_id) SELECT DISTINCT case_id FROM screening;

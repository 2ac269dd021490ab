-- Which areas a summary is of, and the areas side by side.

-- Whoever reads a summary of some areas sets `outcomes.areas` for their transaction. NULL is every area.
CREATE OR REPLACE FUNCTION chosen_areas() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT string_to_array(nullif(current_setting('outcomes.areas', true), ''), ',')
$$;

CREATE OR REPLACE FUNCTION chosen(area text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT chosen_areas() IS NULL OR area = ANY (chosen_areas())
$$;

-- A case is of the area of the screening that is in force.
CREATE OR REPLACE VIEW chosen_case AS
SELECT case_id FROM screening_in_force WHERE area = ANY (chosen_areas());

-- Every parent who was referred, once, and how far they came.
CREATE OR REPLACE VIEW parent_path AS
SELECT
    r.case_id,
    r.person_id,
    bool_or(r.role = 'father') AS is_father,
    bool_or(f.started) AS started,
    bool_or(f.completed) AS completed,
    bool_or(f.answered_6_months) AS answered_6_months,
    bool_or(f.answered_12_months) AS answered_12_months
FROM referred_parent r
LEFT JOIN (
    SELECT case_id, subject,
        bool_or(fact = 'started') AS started,
        bool_or(fact = 'completed') AS completed,
        bool_or(fact = 'answered-6-months') AS answered_6_months,
        bool_or(fact = 'answered-12-months') AS answered_12_months
    FROM fact
    WHERE fact IN ('started', 'completed', 'answered-6-months', 'answered-12-months')
    GROUP BY case_id, subject
) AS f ON f.case_id = r.case_id AND f.subject = r.person_id::text
GROUP BY r.case_id, r.person_id;

-- Area by area, those of a region that nobody came from among them. People are parents.
CREATE OR REPLACE VIEW summary_area AS
SELECT
    a.area,
    coalesce(n.name, a.area) AS area_name,
    count(s.case_id) AS cases,
    count(p.case_id) AS cases_referred,
    coalesce(sum(p.referred), 0)::bigint AS referred,
    coalesce(sum(p.started), 0)::bigint AS started,
    coalesce(sum(p.completed), 0)::bigint AS completed,
    coalesce(sum(p.fathers_referred), 0)::bigint AS fathers_referred,
    coalesce(sum(p.fathers_started), 0)::bigint AS fathers_started,
    coalesce(sum(p.fathers_completed), 0)::bigint AS fathers_completed
FROM (
    SELECT unnest(chosen_areas()) AS area
    UNION
    SELECT area FROM screening_in_force WHERE chosen(area)
) AS a
LEFT JOIN screening_in_force s ON s.area = a.area
LEFT JOIN (
    SELECT
        case_id,
        count(*) AS referred,
        count(*) FILTER (WHERE started) AS started,
        count(*) FILTER (WHERE completed) AS completed,
        count(*) FILTER (WHERE is_father) AS fathers_referred,
        count(*) FILTER (WHERE is_father AND started) AS fathers_started,
        count(*) FILTER (WHERE is_father AND completed) AS fathers_completed
    FROM parent_path
    GROUP BY case_id
) AS p ON p.case_id = s.case_id
LEFT JOIN directory_name n ON n.kind = 'area' AND n.id = a.area
GROUP BY a.area, area_name
ORDER BY cases DESC, area_name;

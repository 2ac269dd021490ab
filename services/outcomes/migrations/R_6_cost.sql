-- The parts of the summary about what support has cost the commissioner, as far as its price is known.

-- What a case has cost with one provider, where anything was taken up. No price, no sum: an unknown is never nothing.
-- Parents are those who started there; children are those of the family.
CREATE OR REPLACE VIEW case_cost AS
WITH taken AS (
    SELECT
        t.case_id, t.service, t.provider, t.started_on IS NOT NULL AS started, p.unit_cost_pence, p.unit_cost_for,
        EXISTS (
            SELECT FROM case_step c
            WHERE c.case_id = t.case_id AND c.step = 'closed' AND c.referral_id = t.referral_id
                AND c.outcome = 'completed'
        ) AS completed,
        (
            SELECT count(*) FROM current_session s WHERE s.case_id = t.case_id AND s.referral_id = t.referral_id
        ) AS sessions
    FROM referral_path t
    JOIN referral r ON r.case_id = t.case_id AND r.referral_id = t.referral_id
    LEFT JOIN offer_price p ON p.offer = r.offer
)
SELECT
    k.case_id, k.service, k.provider, s.area, s.children,
    bool_or(k.completed) AS completed,
    CASE WHEN bool_and(k.unit_cost_pence IS NOT NULL) THEN
        sum(k.unit_cost_pence * CASE k.unit_cost_for
            WHEN 'completed-case' THEN k.completed::integer
            WHEN 'started-case' THEN (k.started OR k.completed)::integer
            ELSE k.sessions
        END)::bigint
    END AS spent_pence,
    (
        SELECT count(*) FROM fact f
        WHERE f.case_id = k.case_id AND f.fact = 'started' AND f.service = k.service AND f.provider = k.provider
    ) AS parents
FROM taken k
JOIN fact s ON s.case_id = k.case_id AND s.fact = 'screened' AND s.subject = ''
WHERE k.started OR k.completed OR k.sessions > 0
GROUP BY k.case_id, k.service, k.provider, s.area, s.children;

CREATE OR REPLACE VIEW summary_cost AS
SELECT
    c.service, c.provider, coalesce(n.name, c.provider) AS provider_name,
    count(*) AS cases,
    count(*) FILTER (WHERE c.completed) AS completed,
    count(*) FILTER (WHERE c.spent_pence IS NULL) AS cases_without_price,
    sum(c.spent_pence)::bigint AS spent_pence,
    count(*) FILTER (WHERE c.spent_pence IS NOT NULL AND c.completed) AS priced_completed,
    coalesce(sum(c.parents) FILTER (WHERE c.spent_pence IS NOT NULL), 0)::bigint AS priced_parents,
    coalesce(sum(c.children) FILTER (WHERE c.spent_pence IS NOT NULL), 0)::bigint AS priced_children
FROM case_cost c
LEFT JOIN directory_name n ON n.kind = 'provider' AND n.id = c.provider
WHERE chosen(c.area)
GROUP BY c.service, c.provider, provider_name
ORDER BY cases DESC, c.service, provider_name;

-- Each case once, whoever it was with.
CREATE OR REPLACE VIEW summary_cost_area AS
SELECT
    c.area,
    count(*) AS cases,
    count(*) FILTER (WHERE c.completed) AS completed,
    count(*) FILTER (WHERE c.spent_pence IS NULL) AS cases_without_price,
    sum(c.spent_pence)::bigint AS spent_pence,
    count(*) FILTER (WHERE c.spent_pence IS NOT NULL AND c.completed) AS priced_completed,
    coalesce(sum(c.parents) FILTER (WHERE c.spent_pence IS NOT NULL), 0)::bigint AS priced_parents,
    coalesce(sum(c.children) FILTER (WHERE c.spent_pence IS NOT NULL), 0)::bigint AS priced_children
FROM (
    SELECT
        case_id, area, bool_or(completed) AS completed, sum(parents) AS parents, max(children) AS children,
        CASE WHEN bool_and(spent_pence IS NOT NULL) THEN sum(spent_pence) END AS spent_pence
    FROM case_cost
    GROUP BY case_id, area
) AS c
WHERE chosen(c.area)
GROUP BY c.area
ORDER BY c.area;

CREATE OR REPLACE VIEW summary_avoidable AS
SELECT f.area, coalesce(n.name, f.area) AS area_name, c.outcome, c.pence, c.source, c.as_of,
    c.pence_low, c.pence_high, c.avoided
FROM area_figures f
CROSS JOIN LATERAL jsonb_to_recordset(f.avoidable_costs)
    AS c (outcome text, pence bigint, source text, as_of date, pence_low bigint, pence_high bigint, avoided jsonb)
LEFT JOIN directory_name n ON n.kind = 'area' AND n.id = f.area
WHERE chosen(f.area)
ORDER BY area_name, f.area, c.pence DESC, c.outcome;

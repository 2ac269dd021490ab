-- How many families came, from which front door, with which need?
SELECT
  "t1"."area",
  COUNT(*) AS "units",
  COUNT(*) FILTER(WHERE
    "t1"."counted") AS "counted",
  COUNT(DISTINCT "t1"."cluster") FILTER(WHERE
    "t1"."counted") AS "clusters"
FROM (
  SELECT
    "t0"."area",
    "t0"."agency",
    "t0"."source",
    COALESCE("t0"."provider", 'none') AS "provider",
    COALESCE("t0"."service", 'none') AS "service",
    "t0"."level_of_need",
    "t0"."relationship",
    CAST(EXTRACT(year FROM "t0"."screened_on") AS TEXT) AS "year",
    CAST(EXTRACT(year FROM "t0"."screened_on") AS TEXT) || '-Q' || CAST(EXTRACT(quarter FROM "t0"."screened_on") AS TEXT) AS "quarter",
    CAST(EXTRACT(year FROM "t0"."screened_on") AS TEXT) || '-' || CASE
      WHEN 2 <= LENGTH(CAST(EXTRACT(month FROM "t0"."screened_on") AS TEXT))
      THEN CAST(EXTRACT(month FROM "t0"."screened_on") AS TEXT)
      ELSE REPEAT('0', 2 - LENGTH(CAST(EXTRACT(month FROM "t0"."screened_on") AS TEXT))) || CAST(EXTRACT(month FROM "t0"."screened_on") AS TEXT)
    END AS "month",
    "t0"."case_id",
    "t0"."decision",
    "t0"."started_on",
    "t0"."completed_on",
    "t0"."ended_on",
    "t0"."ending",
    "t0"."referrals",
    "t0"."case_id" AS "cluster",
    CASE WHEN "t0"."referrals" > 0 THEN 'referred' ELSE 'not-referred' END AS "referred",
    TRUE AS "counted",
    CAST(COALESCE(TRUE, FALSE) AS BIGINT) AS "value",
    1 AS "per"
  FROM "case" AS "t0"
) AS "t1"
GROUP BY
  1

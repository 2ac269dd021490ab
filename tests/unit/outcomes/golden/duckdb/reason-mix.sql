-- Why do screenings decide as they do?
WITH "t6" AS (
  SELECT
    "t5"."area",
    "t5"."cluster",
    "t5"."category",
    "t5"."unit"
  FROM (
    SELECT
      "t4"."area",
      "t4"."agency",
      "t4"."source",
      "t4"."provider",
      "t4"."service",
      "t4"."level_of_need",
      "t4"."relationship",
      "t4"."year",
      "t4"."quarter",
      "t4"."month",
      "t4"."case_id",
      "t4"."decision",
      "t4"."started_on",
      "t4"."completed_on",
      "t4"."ended_on",
      "t4"."ending",
      "t4"."referrals",
      "t4"."cluster",
      "t4"."referred",
      COALESCE("t2"."reason", 'none') AS "category",
      "t4"."case_id" AS "unit"
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
        CASE WHEN "t0"."referrals" > 0 THEN 'referred' ELSE 'not-referred' END AS "referred"
      FROM "case" AS "t0"
    ) AS "t4"
    LEFT OUTER JOIN "case_reason" AS "t2"
      ON "t4"."case_id" = "t2"."case_id"
  ) AS "t5"
  WHERE
    TRUE
)
SELECT
  "t10"."area",
  "t10"."category",
  "t11"."counted" AS "units",
  "t11"."counted",
  "t11"."clusters",
  "t10"."met",
  "t10"."met" / NULLIF("t11"."counted", 0) AS "share"
FROM (
  SELECT
    "t7"."area",
    "t7"."category",
    COUNT(DISTINCT "t7"."unit") AS "met"
  FROM "t6" AS "t7"
  GROUP BY
    1,
    2
) AS "t10"
INNER JOIN (
  SELECT
    "t7"."area",
    COUNT(DISTINCT "t7"."unit") AS "counted",
    COUNT(DISTINCT "t7"."cluster") AS "clusters"
  FROM "t6" AS "t7"
  GROUP BY
    1
) AS "t11"
  ON "t10"."area" = "t11"."area"

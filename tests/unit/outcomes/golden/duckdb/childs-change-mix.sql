-- What do children say has changed?
WITH "t7" AS (
  SELECT
    "t6"."area",
    "t6"."cluster",
    "t6"."change" AS "category"
  FROM (
    SELECT
      "t3"."case_id",
      "t3"."views_source",
      "t3"."change",
      "t3"."takes_part",
      "t3"."cluster",
      "t5"."area",
      "t5"."agency",
      "t5"."source",
      "t5"."provider",
      "t5"."service",
      "t5"."level_of_need",
      "t5"."relationship",
      "t5"."year",
      "t5"."quarter",
      "t5"."month"
    FROM (
      SELECT
        "t0"."case_id",
        "t0"."views_source",
        "t0"."change",
        "t0"."takes_part",
        "t0"."case_id" AS "cluster"
      FROM "child" AS "t0"
    ) AS "t3"
    INNER JOIN (
      SELECT
        "t1"."case_id",
        "t1"."area",
        "t1"."agency",
        "t1"."source",
        COALESCE("t1"."provider", 'none') AS "provider",
        COALESCE("t1"."service", 'none') AS "service",
        "t1"."level_of_need",
        "t1"."relationship",
        CAST(EXTRACT(year FROM "t1"."screened_on") AS TEXT) AS "year",
        CAST(EXTRACT(year FROM "t1"."screened_on") AS TEXT) || '-Q' || CAST(EXTRACT(quarter FROM "t1"."screened_on") AS TEXT) AS "quarter",
        CAST(EXTRACT(year FROM "t1"."screened_on") AS TEXT) || '-' || CASE
          WHEN 2 <= LENGTH(CAST(EXTRACT(month FROM "t1"."screened_on") AS TEXT))
          THEN CAST(EXTRACT(month FROM "t1"."screened_on") AS TEXT)
          ELSE REPEAT('0', 2 - LENGTH(CAST(EXTRACT(month FROM "t1"."screened_on") AS TEXT))) || CAST(EXTRACT(month FROM "t1"."screened_on") AS TEXT)
        END AS "month"
      FROM "case" AS "t1"
    ) AS "t5"
      ON "t3"."case_id" = "t5"."case_id"
  ) AS "t6"
  WHERE
    "t6"."change" IS NOT NULL AND TRUE
)
SELECT
  "t10"."area",
  "t10"."category",
  "t12"."counted" AS "units",
  "t12"."counted",
  "t12"."clusters",
  "t10"."met",
  "t10"."met" / NULLIF("t12"."counted", 0) AS "share"
FROM (
  SELECT
    "t8"."area",
    "t8"."category",
    COUNT(*) AS "met"
  FROM "t7" AS "t8"
  GROUP BY
    1,
    2
) AS "t10"
INNER JOIN (
  SELECT
    "t8"."area",
    COUNT(*) AS "counted",
    COUNT(DISTINCT "t8"."cluster") AS "clusters"
  FROM "t7" AS "t8"
  GROUP BY
    1
) AS "t12"
  ON "t10"."area" = "t12"."area"

-- Which level of need do families have?
WITH "t1" AS (
  SELECT
    "t0"."area",
    "t0"."case_id" AS "cluster",
    "t0"."level_of_need" AS "category"
  FROM "case" AS "t0"
  WHERE
    TRUE
)
SELECT
  "t4"."area",
  "t4"."category",
  "t6"."counted" AS "units",
  "t6"."counted",
  "t6"."clusters",
  "t4"."met",
  "t4"."met" / NULLIF("t6"."counted", 0) AS "share"
FROM (
  SELECT
    "t2"."area",
    "t2"."category",
    COUNT(*) AS "met"
  FROM "t1" AS "t2"
  GROUP BY
    1,
    2
) AS "t4"
INNER JOIN (
  SELECT
    "t2"."area",
    COUNT(*) AS "counted",
    COUNT(DISTINCT "t2"."cluster") AS "clusters"
  FROM "t1" AS "t2"
  GROUP BY
    1
) AS "t6"
  ON "t4"."area" = "t6"."area"

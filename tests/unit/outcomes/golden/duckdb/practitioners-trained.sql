-- How many practitioners were trained?
SELECT
  "t7"."area",
  COUNT(*) AS "units",
  COUNT(*) FILTER(WHERE
    "t7"."counted") AS "counted",
  COUNT(DISTINCT "t7"."cluster") FILTER(WHERE
    "t7"."counted") AS "clusters"
FROM (
  SELECT
    "t6".*
    EXCLUDE ("trained_for")
  FROM (
    SELECT
      "t5"."training_id",
      "t5"."used",
      "t5"."cluster",
      "t5"."profession",
      "t5"."year",
      "t5"."quarter",
      "t5"."month",
      "t5"."counted",
      "t5"."value",
      "t5"."per",
      "t3"."trained_for",
      "t3"."area"
    FROM (
      SELECT
        "t0"."training_id",
        "t0"."used",
        "t0"."practitioner_id" AS "cluster",
        COALESCE("t0"."profession", 'none') AS "profession",
        CAST(EXTRACT(year FROM "t0"."completed_on") AS TEXT) AS "year",
        CAST(EXTRACT(year FROM "t0"."completed_on") AS TEXT) || '-Q' || CAST(EXTRACT(quarter FROM "t0"."completed_on") AS TEXT) AS "quarter",
        CAST(EXTRACT(year FROM "t0"."completed_on") AS TEXT) || '-' || CASE
          WHEN 2 <= LENGTH(CAST(EXTRACT(month FROM "t0"."completed_on") AS TEXT))
          THEN CAST(EXTRACT(month FROM "t0"."completed_on") AS TEXT)
          ELSE REPEAT('0', 2 - LENGTH(CAST(EXTRACT(month FROM "t0"."completed_on") AS TEXT))) || CAST(EXTRACT(month FROM "t0"."completed_on") AS TEXT)
        END AS "month",
        TRUE AS "counted",
        CAST(COALESCE(TRUE, FALSE) AS BIGINT) AS "value",
        1 AS "per"
      FROM "training" AS "t0"
    ) AS "t5"
    INNER JOIN (
      SELECT
        "t1"."training_id" AS "trained_for",
        "t1"."area"
      FROM "training_area" AS "t1"
    ) AS "t3"
      ON "t5"."training_id" = "t3"."trained_for"
  ) AS "t6"
) AS "t7"
GROUP BY
  1

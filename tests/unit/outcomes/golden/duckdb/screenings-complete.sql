-- How many screenings needed no more information, before and after training?
SELECT
  "t8"."standing",
  "t8"."area",
  COALESCE(SUM("t8"."units"), 0) AS "units",
  COALESCE(SUM("t8"."counted"), 0) AS "counted",
  COUNT(*) FILTER(WHERE
    "t8"."counted" > 0) AS "clusters",
  COALESCE(SUM(CAST("t8"."value" AS DOUBLE) * CAST("t8"."value" AS DOUBLE)), 0.0) AS "vv",
  COALESCE(SUM(CAST("t8"."value" AS DOUBLE) * CAST("t8"."per" AS DOUBLE)), 0.0) AS "vn",
  COALESCE(SUM(CAST("t8"."per" AS DOUBLE) * CAST("t8"."per" AS DOUBLE)), 0.0) AS "nn",
  COALESCE(SUM("t8"."value"), 0) AS "met",
  COALESCE(SUM("t8"."value"), 0) / NULLIF(COALESCE(SUM("t8"."counted"), 0), 0) AS "share"
FROM (
  SELECT
    "t7"."standing",
    "t7"."area",
    "t7"."cluster",
    COUNT(*) AS "units",
    COUNT(*) FILTER(WHERE
      "t7"."counted") AS "counted",
    COALESCE(SUM("t7"."value") FILTER(WHERE
      "t7"."counted"), 0) AS "value",
    COUNT(*) FILTER(WHERE
      "t7"."counted") AS "per"
  FROM (
    SELECT
      "t6"."standing",
      "t6"."area",
      "t6"."cluster",
      TRUE AS "counted",
      CAST(COALESCE("t6"."decision" <> 'more-information', FALSE) AS BIGINT) AS "value",
      1 AS "per"
    FROM (
      SELECT
        "t4"."area",
        "t4"."agency",
        "t4"."source",
        "t4"."decision",
        "t4"."practitioner_id" AS "cluster",
        CASE
          WHEN "t5"."since" IS NULL
          THEN 'never-trained'
          WHEN "t4"."screened_on" < "t5"."since"
          THEN 'before-training'
          ELSE 'after-training'
        END AS "standing",
        CAST(EXTRACT(year FROM "t4"."screened_on") AS TEXT) AS "year",
        CAST(EXTRACT(year FROM "t4"."screened_on") AS TEXT) || '-Q' || CAST(EXTRACT(quarter FROM "t4"."screened_on") AS TEXT) AS "quarter",
        CAST(EXTRACT(year FROM "t4"."screened_on") AS TEXT) || '-' || CASE
          WHEN 2 <= LENGTH(CAST(EXTRACT(month FROM "t4"."screened_on") AS TEXT))
          THEN CAST(EXTRACT(month FROM "t4"."screened_on") AS TEXT)
          ELSE REPEAT('0', 2 - LENGTH(CAST(EXTRACT(month FROM "t4"."screened_on") AS TEXT))) || CAST(EXTRACT(month FROM "t4"."screened_on") AS TEXT)
        END AS "month"
      FROM (
        SELECT
          *
        FROM "screening" AS "t0"
        WHERE
          "t0"."practitioner_id" IS NOT NULL
      ) AS "t4"
      LEFT OUTER JOIN (
        SELECT
          "t1"."practitioner_id" AS "trained",
          MIN("t1"."completed_on") AS "since"
        FROM "training" AS "t1"
        GROUP BY
          1
      ) AS "t5"
        ON "t4"."practitioner_id" = "t5"."trained"
    ) AS "t6"
  ) AS "t7"
  GROUP BY
    1,
    2,
    3
) AS "t8"
GROUP BY
  1,
  2

-- How many children take part?
SELECT
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
      "t6"."area",
      "t6"."cluster",
      TRUE AS "counted",
      CAST(COALESCE("t6"."takes_part", FALSE) AS BIGINT) AS "value",
      1 AS "per"
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
  ) AS "t7"
  GROUP BY
    1,
    2
) AS "t8"
GROUP BY
  1

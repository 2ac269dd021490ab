-- How many used their training, six to twelve months later?
SELECT
  "t9"."area",
  COALESCE(SUM("t9"."units"), 0) AS "units",
  COALESCE(SUM("t9"."counted"), 0) AS "counted",
  COUNT(*) FILTER(WHERE
    "t9"."counted" > 0) AS "clusters",
  COALESCE(SUM(CAST("t9"."value" AS DOUBLE) * CAST("t9"."value" AS DOUBLE)), 0.0) AS "vv",
  COALESCE(SUM(CAST("t9"."value" AS DOUBLE) * CAST("t9"."per" AS DOUBLE)), 0.0) AS "vn",
  COALESCE(SUM(CAST("t9"."per" AS DOUBLE) * CAST("t9"."per" AS DOUBLE)), 0.0) AS "nn",
  COALESCE(SUM("t9"."value"), 0) AS "met",
  COALESCE(SUM("t9"."value"), 0) / NULLIF(COALESCE(SUM("t9"."counted"), 0), 0) AS "share"
FROM (
  SELECT
    "t8"."area",
    "t8"."cluster",
    COUNT(*) AS "units",
    COUNT(*) FILTER(WHERE
      "t8"."counted") AS "counted",
    COALESCE(SUM("t8"."value") FILTER(WHERE
      "t8"."counted"), 0) AS "value",
    COUNT(*) FILTER(WHERE
      "t8"."counted") AS "per"
  FROM (
    SELECT
      "t7"."area",
      "t7"."cluster",
      "t7"."counted",
      "t7"."value",
      "t7"."per"
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
            COALESCE("t0"."used" IS NOT NULL, FALSE) AS "counted",
            CAST(COALESCE("t0"."used", FALSE) AS BIGINT) AS "value",
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
  ) AS "t8"
  GROUP BY
    1,
    2
) AS "t9"
GROUP BY
  1

-- How many of those who are expected at a session come?
SELECT
  "t10"."area",
  COALESCE(SUM("t10"."units"), 0) AS "units",
  COALESCE(SUM("t10"."counted"), 0) AS "counted",
  COUNT(*) FILTER(WHERE
    "t10"."counted" > 0) AS "clusters",
  COALESCE(SUM(CAST("t10"."value" AS DOUBLE) * CAST("t10"."value" AS DOUBLE)), 0.0) AS "vv",
  COALESCE(SUM(CAST("t10"."value" AS DOUBLE) * CAST("t10"."per" AS DOUBLE)), 0.0) AS "vn",
  COALESCE(SUM(CAST("t10"."per" AS DOUBLE) * CAST("t10"."per" AS DOUBLE)), 0.0) AS "nn",
  COALESCE(SUM("t10"."value"), 0) AS "met",
  COALESCE(SUM("t10"."value"), 0) / NULLIF(COALESCE(SUM("t10"."counted"), 0), 0) AS "share"
FROM (
  SELECT
    "t9"."area",
    "t9"."cluster",
    COUNT(*) AS "units",
    COUNT(*) FILTER(WHERE
      "t9"."counted") AS "counted",
    COALESCE(SUM("t9"."value") FILTER(WHERE
      "t9"."counted"), 0) AS "value",
    COUNT(*) FILTER(WHERE
      "t9"."counted") AS "per"
  FROM (
    SELECT
      "t8"."area",
      "t8"."cluster",
      TRUE AS "counted",
      CAST(COALESCE("t8"."attended" <> 'no', FALSE) AS BIGINT) AS "value",
      1 AS "per"
    FROM (
      SELECT
        "t3"."case_id",
        "t3"."case_id" AS "cluster",
        "t3"."attended",
        CASE WHEN "t3"."is_parent" THEN 'parents' ELSE 'children' END AS "who",
        CASE WHEN "t3"."is_father" THEN 'fathers' ELSE 'others' END AS "father",
        "t5"."provider",
        "t5"."service",
        "t7"."area",
        "t7"."agency",
        "t7"."source",
        "t7"."level_of_need",
        "t7"."relationship",
        "t7"."year",
        "t7"."quarter",
        "t7"."month"
      FROM "attendance" AS "t3"
      INNER JOIN (
        SELECT
          "t1"."case_id",
          "t1"."referral_id",
          "t1"."provider",
          "t1"."service"
        FROM "referral" AS "t1"
      ) AS "t5"
        ON "t3"."case_id" = "t5"."case_id" AND "t3"."referral_id" = "t5"."referral_id"
      INNER JOIN (
        SELECT
          "t2"."case_id",
          "t2"."area",
          "t2"."agency",
          "t2"."source",
          "t2"."level_of_need",
          "t2"."relationship",
          CAST(EXTRACT(year FROM "t2"."screened_on") AS TEXT) AS "year",
          CAST(EXTRACT(year FROM "t2"."screened_on") AS TEXT) || '-Q' || CAST(EXTRACT(quarter FROM "t2"."screened_on") AS TEXT) AS "quarter",
          CAST(EXTRACT(year FROM "t2"."screened_on") AS TEXT) || '-' || CASE
            WHEN 2 <= LENGTH(CAST(EXTRACT(month FROM "t2"."screened_on") AS TEXT))
            THEN CAST(EXTRACT(month FROM "t2"."screened_on") AS TEXT)
            ELSE REPEAT('0', 2 - LENGTH(CAST(EXTRACT(month FROM "t2"."screened_on") AS TEXT))) || CAST(EXTRACT(month FROM "t2"."screened_on") AS TEXT)
          END AS "month"
        FROM "case" AS "t2"
      ) AS "t7"
        ON "t3"."case_id" = "t7"."case_id"
    ) AS "t8"
  ) AS "t9"
  GROUP BY
    1,
    2
) AS "t10"
GROUP BY
  1

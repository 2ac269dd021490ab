-- How many of the referred parents answer 6 months later?
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
      CAST(COALESCE("t6"."answered_6_months_on" IS NOT NULL, FALSE) AS BIGINT) AS "value",
      1 AS "per"
    FROM (
      SELECT
        "t3"."case_id",
        "t3"."person_id",
        "t3"."is_father",
        "t3"."screened",
        "t3"."agrees",
        "t3"."sex",
        "t3"."ethnicity",
        "t3"."first_language",
        "t3"."disability",
        "t3"."employment",
        "t3"."referred",
        "t3"."referred_on",
        "t3"."started_on",
        "t3"."started_service",
        "t3"."started_provider",
        "t3"."completed_on",
        "t3"."asked_6_months_on",
        "t3"."asked_12_months_on",
        "t3"."answered_6_months_on",
        "t3"."answered_12_months_on",
        "t3"."change",
        "t3"."father",
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
          "t0"."person_id",
          "t0"."is_father",
          "t0"."screened",
          "t0"."agrees",
          COALESCE("t0"."sex", 'not-stated') AS "sex",
          COALESCE("t0"."ethnicity", 'not-stated') AS "ethnicity",
          COALESCE("t0"."first_language", 'not-stated') AS "first_language",
          COALESCE("t0"."disability", 'not-stated') AS "disability",
          COALESCE("t0"."employment", 'not-stated') AS "employment",
          "t0"."referred",
          "t0"."referred_on",
          "t0"."started_on",
          "t0"."started_service",
          "t0"."started_provider",
          "t0"."completed_on",
          "t0"."asked_6_months_on",
          "t0"."asked_12_months_on",
          "t0"."answered_6_months_on",
          "t0"."answered_12_months_on",
          "t0"."change",
          CASE WHEN "t0"."is_father" THEN 'fathers' ELSE 'others' END AS "father",
          "t0"."case_id" AS "cluster"
        FROM "parent" AS "t0"
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
      "t6"."referred"
  ) AS "t7"
  GROUP BY
    1,
    2
) AS "t8"
GROUP BY
  1

-- How long does it take from the screening to the agreed referral?
WITH "t7" AS (
  SELECT
    "t6"."area",
    "t6"."cluster",
    (
      DATE_DIFF('DAY', "t6"."submitted_on", "t6"."agreed_on") IS NOT NULL
    )
    AND COALESCE(DATE_DIFF('DAY', "t6"."submitted_on", "t6"."agreed_on") >= 0, FALSE) AS "counted",
    DATE_DIFF('DAY', "t6"."submitted_on", "t6"."agreed_on") AS "value",
    1 AS "per"
  FROM (
    SELECT
      "t3"."case_id",
      "t3"."provider",
      "t3"."service",
      "t3"."started_on",
      "t3"."submitted_on",
      "t3"."agreed_on",
      "t3"."accepted_on",
      "t3"."assessed_on",
      "t3"."cluster",
      "t5"."area",
      "t5"."agency",
      "t5"."source",
      "t5"."level_of_need",
      "t5"."relationship",
      "t5"."year",
      "t5"."quarter",
      "t5"."month"
    FROM (
      SELECT
        "t0"."case_id",
        "t0"."provider",
        "t0"."service",
        "t0"."started_on",
        "t0"."submitted_on",
        "t0"."agreed_on",
        "t0"."accepted_on",
        "t0"."assessed_on",
        "t0"."case_id" AS "cluster"
      FROM "referral" AS "t0"
      WHERE
        "t0"."nth" = 1
    ) AS "t3"
    INNER JOIN (
      SELECT
        "t1"."case_id",
        "t1"."area",
        "t1"."agency",
        "t1"."source",
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
)
SELECT
  "t14"."area",
  "t14"."units",
  "t14"."counted",
  "t14"."clusters",
  "t14"."vv",
  "t14"."vn",
  "t14"."nn",
  "t12"."mean",
  "t12"."sd",
  "t12"."median",
  "t12"."p90",
  "t12"."least",
  "t12"."most"
FROM (
  SELECT
    "t9"."area",
    COALESCE(SUM("t9"."units"), 0) AS "units",
    COALESCE(SUM("t9"."counted"), 0) AS "counted",
    COUNT(*) FILTER(WHERE
      "t9"."counted" > 0) AS "clusters",
    COALESCE(SUM(CAST("t9"."value" AS DOUBLE) * CAST("t9"."value" AS DOUBLE)), 0.0) AS "vv",
    COALESCE(SUM(CAST("t9"."value" AS DOUBLE) * CAST("t9"."per" AS DOUBLE)), 0.0) AS "vn",
    COALESCE(SUM(CAST("t9"."per" AS DOUBLE) * CAST("t9"."per" AS DOUBLE)), 0.0) AS "nn"
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
    FROM "t7" AS "t8"
    GROUP BY
      1,
      2
  ) AS "t9"
  GROUP BY
    1
) AS "t14"
INNER JOIN (
  SELECT
    "t10"."area" AS "same_area",
    "t10"."mean",
    "t10"."sd",
    "t10"."median",
    "t10"."p90",
    "t10"."least",
    "t10"."most"
  FROM (
    SELECT
      "t8"."area",
      AVG(CAST("t8"."value" AS DOUBLE)) FILTER(WHERE
        "t8"."counted") AS "mean",
      STDDEV_SAMP(CAST("t8"."value" AS DOUBLE)) FILTER(WHERE
        "t8"."counted") AS "sd",
      QUANTILE_CONT(CAST("t8"."value" AS DOUBLE), 0.5) FILTER(WHERE
        "t8"."counted") AS "median",
      QUANTILE_CONT(CAST("t8"."value" AS DOUBLE), 0.9) FILTER(WHERE
        "t8"."counted") AS "p90",
      MIN(CAST("t8"."value" AS DOUBLE)) FILTER(WHERE
        "t8"."counted") AS "least",
      MAX(CAST("t8"."value" AS DOUBLE)) FILTER(WHERE
        "t8"."counted") AS "most"
    FROM "t7" AS "t8"
    GROUP BY
      1
  ) AS "t10"
) AS "t12"
  ON "t14"."area" IS NOT DISTINCT FROM "t12"."same_area"

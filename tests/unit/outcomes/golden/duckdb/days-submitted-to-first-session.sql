-- How long does it take from the screening to the first session?
WITH "t1" AS (
  SELECT
    "t0"."area",
    "t0"."case_id" AS "cluster",
    (
      DATE_DIFF('DAY', "t0"."first_submitted_on", "t0"."started_on") IS NOT NULL
    )
    AND COALESCE(DATE_DIFF('DAY', "t0"."first_submitted_on", "t0"."started_on") >= 0, FALSE) AS "counted",
    DATE_DIFF('DAY', "t0"."first_submitted_on", "t0"."started_on") AS "value",
    1 AS "per"
  FROM "case" AS "t0"
  WHERE
    "t0"."referrals" > 0
)
SELECT
  "t8"."area",
  "t8"."units",
  "t8"."counted",
  "t8"."clusters",
  "t8"."vv",
  "t8"."vn",
  "t8"."nn",
  "t6"."mean",
  "t6"."sd",
  "t6"."median",
  "t6"."p90",
  "t6"."least",
  "t6"."most"
FROM (
  SELECT
    "t3"."area",
    COALESCE(SUM("t3"."units"), 0) AS "units",
    COALESCE(SUM("t3"."counted"), 0) AS "counted",
    COUNT(*) FILTER(WHERE
      "t3"."counted" > 0) AS "clusters",
    COALESCE(SUM(CAST("t3"."value" AS DOUBLE) * CAST("t3"."value" AS DOUBLE)), 0.0) AS "vv",
    COALESCE(SUM(CAST("t3"."value" AS DOUBLE) * CAST("t3"."per" AS DOUBLE)), 0.0) AS "vn",
    COALESCE(SUM(CAST("t3"."per" AS DOUBLE) * CAST("t3"."per" AS DOUBLE)), 0.0) AS "nn"
  FROM (
    SELECT
      "t2"."area",
      "t2"."cluster",
      COUNT(*) AS "units",
      COUNT(*) FILTER(WHERE
        "t2"."counted") AS "counted",
      COALESCE(SUM("t2"."value") FILTER(WHERE
        "t2"."counted"), 0) AS "value",
      COUNT(*) FILTER(WHERE
        "t2"."counted") AS "per"
    FROM "t1" AS "t2"
    GROUP BY
      1,
      2
  ) AS "t3"
  GROUP BY
    1
) AS "t8"
INNER JOIN (
  SELECT
    "t4"."area" AS "same_area",
    "t4"."mean",
    "t4"."sd",
    "t4"."median",
    "t4"."p90",
    "t4"."least",
    "t4"."most"
  FROM (
    SELECT
      "t2"."area",
      AVG(CAST("t2"."value" AS DOUBLE)) FILTER(WHERE
        "t2"."counted") AS "mean",
      STDDEV_SAMP(CAST("t2"."value" AS DOUBLE)) FILTER(WHERE
        "t2"."counted") AS "sd",
      QUANTILE_CONT(CAST("t2"."value" AS DOUBLE), 0.5) FILTER(WHERE
        "t2"."counted") AS "median",
      QUANTILE_CONT(CAST("t2"."value" AS DOUBLE), 0.9) FILTER(WHERE
        "t2"."counted") AS "p90",
      MIN(CAST("t2"."value" AS DOUBLE)) FILTER(WHERE
        "t2"."counted") AS "least",
      MAX(CAST("t2"."value" AS DOUBLE)) FILTER(WHERE
        "t2"."counted") AS "most"
    FROM "t1" AS "t2"
    GROUP BY
      1
  ) AS "t4"
) AS "t6"
  ON "t8"."area" IS NOT DISTINCT FROM "t6"."same_area"

-- How long does it take from the screening to the first session?
SELECT
  "t3"."area",
  COUNT(*) AS "units",
  COALESCE(SUM(CAST("t3"."counted" AS BIGINT)), 0) AS "counted",
  COUNT(DISTINCT "t3"."cluster") FILTER(WHERE
    "t3"."counted") AS "clusters",
  COALESCE(SUM(CAST("t3"."known_value" AS DOUBLE) * CAST("t3"."of_values" AS DOUBLE)), 0.0) AS "vv",
  COALESCE(SUM(CAST("t3"."known_value" AS DOUBLE) * CAST("t3"."of_sizes" AS DOUBLE)), 0.0) AS "vn",
  COALESCE(SUM(CAST("t3"."known_size" AS DOUBLE) * CAST("t3"."of_sizes" AS DOUBLE)), 0.0) AS "nn",
  AVG(CAST("t3"."value" AS DOUBLE)) FILTER(WHERE
    "t3"."counted") AS "mean",
  STDDEV_SAMP(CAST("t3"."value" AS DOUBLE)) FILTER(WHERE
    "t3"."counted") AS "sd",
  QUANTILE_CONT(CAST("t3"."value" AS DOUBLE), 0.5) FILTER(WHERE
    "t3"."counted") AS "median",
  QUANTILE_CONT(CAST("t3"."value" AS DOUBLE), 0.9) FILTER(WHERE
    "t3"."counted") AS "p90",
  MIN(CAST("t3"."value" AS DOUBLE)) FILTER(WHERE
    "t3"."counted") AS "least",
  MAX(CAST("t3"."value" AS DOUBLE)) FILTER(WHERE
    "t3"."counted") AS "most"
FROM (
  SELECT
    "t2"."area",
    "t2"."cluster",
    "t2"."counted",
    "t2"."value",
    "t2"."per",
    "t2"."known_value",
    "t2"."known_size",
    SUM("t2"."known_value") OVER (
      PARTITION BY "t2"."area", "t2"."cluster"
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS "of_values",
    SUM("t2"."known_size") OVER (
      PARTITION BY "t2"."area", "t2"."cluster"
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS "of_sizes"
  FROM (
    SELECT
      "t1"."area",
      "t1"."cluster",
      "t1"."counted",
      "t1"."value",
      "t1"."per",
      CASE WHEN "t1"."counted" THEN "t1"."value" ELSE 0 END AS "known_value",
      CASE WHEN "t1"."counted" THEN "t1"."per" ELSE 0 END AS "known_size"
    FROM (
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
    ) AS "t1"
  ) AS "t2"
) AS "t3"
GROUP BY
  1

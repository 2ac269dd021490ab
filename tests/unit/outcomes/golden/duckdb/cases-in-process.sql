-- How many of the referred families are under way?
SELECT
  "t2"."area",
  COALESCE(SUM("t2"."units"), 0) AS "units",
  COALESCE(SUM("t2"."counted"), 0) AS "counted",
  COUNT(*) FILTER(WHERE
    "t2"."counted" > 0) AS "clusters",
  COALESCE(SUM(CAST("t2"."value" AS DOUBLE) * CAST("t2"."value" AS DOUBLE)), 0.0) AS "vv",
  COALESCE(SUM(CAST("t2"."value" AS DOUBLE) * CAST("t2"."per" AS DOUBLE)), 0.0) AS "vn",
  COALESCE(SUM(CAST("t2"."per" AS DOUBLE) * CAST("t2"."per" AS DOUBLE)), 0.0) AS "nn",
  COALESCE(SUM("t2"."value"), 0) AS "met",
  COALESCE(SUM("t2"."value"), 0) / NULLIF(COALESCE(SUM("t2"."counted"), 0), 0) AS "share"
FROM (
  SELECT
    "t1"."area",
    "t1"."cluster",
    COUNT(*) AS "units",
    COUNT(*) FILTER(WHERE
      "t1"."counted") AS "counted",
    COALESCE(SUM("t1"."value") FILTER(WHERE
      "t1"."counted"), 0) AS "value",
    COUNT(*) FILTER(WHERE
      "t1"."counted") AS "per"
  FROM (
    SELECT
      "t0"."area",
      "t0"."case_id" AS "cluster",
      TRUE AS "counted",
      CAST(COALESCE("t0"."ended_on" IS NULL, FALSE) AS BIGINT) AS "value",
      1 AS "per"
    FROM "case" AS "t0"
    WHERE
      "t0"."referrals" > 0
  ) AS "t1"
  GROUP BY
    1,
    2
) AS "t2"
GROUP BY
  1

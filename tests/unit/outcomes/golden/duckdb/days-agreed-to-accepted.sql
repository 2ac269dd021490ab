-- How long does it take from the agreed referral to the provider's acceptance?
SELECT
  "t9"."area",
  COUNT(*) AS "units",
  COALESCE(SUM(CAST("t9"."counted" AS BIGINT)), 0) AS "counted",
  COUNT(DISTINCT "t9"."cluster") FILTER(WHERE
    "t9"."counted") AS "clusters",
  COALESCE(SUM(CAST("t9"."known_value" AS DOUBLE) * CAST("t9"."of_values" AS DOUBLE)), 0.0) AS "vv",
  COALESCE(SUM(CAST("t9"."known_value" AS DOUBLE) * CAST("t9"."of_sizes" AS DOUBLE)), 0.0) AS "vn",
  COALESCE(SUM(CAST("t9"."known_size" AS DOUBLE) * CAST("t9"."of_sizes" AS DOUBLE)), 0.0) AS "nn",
  AVG(CAST("t9"."value" AS DOUBLE)) FILTER(WHERE
    "t9"."counted") AS "mean",
  STDDEV_SAMP(CAST("t9"."value" AS DOUBLE)) FILTER(WHERE
    "t9"."counted") AS "sd",
  QUANTILE_CONT(CAST("t9"."value" AS DOUBLE), 0.5) FILTER(WHERE
    "t9"."counted") AS "median",
  QUANTILE_CONT(CAST("t9"."value" AS DOUBLE), 0.9) FILTER(WHERE
    "t9"."counted") AS "p90",
  MIN(CAST("t9"."value" AS DOUBLE)) FILTER(WHERE
    "t9"."counted") AS "least",
  MAX(CAST("t9"."value" AS DOUBLE)) FILTER(WHERE
    "t9"."counted") AS "most"
FROM (
  SELECT
    "t8"."area",
    "t8"."cluster",
    "t8"."counted",
    "t8"."value",
    "t8"."per",
    "t8"."known_value",
    "t8"."known_size",
    SUM("t8"."known_value") OVER (
      PARTITION BY "t8"."area", "t8"."cluster"
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS "of_values",
    SUM("t8"."known_size") OVER (
      PARTITION BY "t8"."area", "t8"."cluster"
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS "of_sizes"
  FROM (
    SELECT
      "t7"."area",
      "t7"."cluster",
      "t7"."counted",
      "t7"."value",
      "t7"."per",
      CASE WHEN "t7"."counted" THEN "t7"."value" ELSE 0 END AS "known_value",
      CASE WHEN "t7"."counted" THEN "t7"."per" ELSE 0 END AS "known_size"
    FROM (
      SELECT
        "t6"."area",
        "t6"."cluster",
        (
          DATE_DIFF('DAY', "t6"."agreed_on", "t6"."accepted_on") IS NOT NULL
        )
        AND COALESCE(DATE_DIFF('DAY', "t6"."agreed_on", "t6"."accepted_on") >= 0, FALSE) AS "counted",
        DATE_DIFF('DAY', "t6"."agreed_on", "t6"."accepted_on") AS "value",
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
    ) AS "t7"
  ) AS "t8"
) AS "t9"
GROUP BY
  1

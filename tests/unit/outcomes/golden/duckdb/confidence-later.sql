-- How sure do practitioners feel six to twelve months later?
WITH "t13" AS (
  SELECT
    "t12"."module",
    "t12"."area",
    "t12"."cluster",
    "t12"."counted",
    "t12"."value",
    "t12"."per"
  FROM (
    SELECT
      "t11".*
      EXCLUDE ("trained_for")
    FROM (
      SELECT
        "t10"."training_id",
        "t10"."used",
        "t10"."cluster",
        "t10"."profession",
        "t10"."year",
        "t10"."quarter",
        "t10"."month",
        "t10"."module",
        "t10"."before",
        "t10"."after",
        "t10"."later",
        "t10"."counted",
        "t10"."value",
        "t10"."per",
        "t5"."trained_for",
        "t5"."area"
      FROM (
        SELECT
          "t8"."training_id",
          "t8"."used",
          "t8"."cluster",
          "t8"."profession",
          "t8"."year",
          "t8"."quarter",
          "t8"."month",
          "t8"."module",
          "t8"."before",
          "t8"."after",
          "t8"."later",
          (
            CAST("t8"."later" AS DOUBLE) IS NOT NULL
          )
          AND COALESCE("t8"."later" IS NOT NULL, FALSE) AS "counted",
          CAST("t8"."later" AS DOUBLE) AS "value",
          1 AS "per"
        FROM (
          SELECT
            "t7"."training_id",
            "t7"."used",
            "t7"."cluster",
            "t7"."profession",
            "t7"."year",
            "t7"."quarter",
            "t7"."month",
            "t3"."module",
            "t3"."before",
            "t3"."after",
            "t3"."later"
          FROM "training_module" AS "t3"
          INNER JOIN (
            SELECT
              "t2"."training_id",
              "t2"."used",
              "t2"."practitioner_id" AS "cluster",
              COALESCE("t2"."profession", 'none') AS "profession",
              CAST(EXTRACT(year FROM "t2"."completed_on") AS TEXT) AS "year",
              CAST(EXTRACT(year FROM "t2"."completed_on") AS TEXT) || '-Q' || CAST(EXTRACT(quarter FROM "t2"."completed_on") AS TEXT) AS "quarter",
              CAST(EXTRACT(year FROM "t2"."completed_on") AS TEXT) || '-' || CASE
                WHEN 2 <= LENGTH(CAST(EXTRACT(month FROM "t2"."completed_on") AS TEXT))
                THEN CAST(EXTRACT(month FROM "t2"."completed_on") AS TEXT)
                ELSE REPEAT('0', 2 - LENGTH(CAST(EXTRACT(month FROM "t2"."completed_on") AS TEXT))) || CAST(EXTRACT(month FROM "t2"."completed_on") AS TEXT)
              END AS "month"
            FROM "training" AS "t2"
          ) AS "t7"
            ON "t3"."training_id" = "t7"."training_id"
        ) AS "t8"
      ) AS "t10"
      INNER JOIN (
        SELECT
          "t0"."training_id" AS "trained_for",
          "t0"."area"
        FROM "training_area" AS "t0"
      ) AS "t5"
        ON "t10"."training_id" = "t5"."trained_for"
    ) AS "t11"
  ) AS "t12"
)
SELECT
  "t20"."module",
  "t20"."area",
  "t20"."units",
  "t20"."counted",
  "t20"."clusters",
  "t20"."vv",
  "t20"."vn",
  "t20"."nn",
  "t18"."mean",
  "t18"."sd",
  "t18"."median",
  "t18"."p90",
  "t18"."least",
  "t18"."most"
FROM (
  SELECT
    "t16"."module",
    "t16"."area",
    COALESCE(SUM("t16"."units"), 0) AS "units",
    COALESCE(SUM("t16"."counted"), 0) AS "counted",
    COUNT(*) FILTER(WHERE
      "t16"."counted" > 0) AS "clusters",
    COALESCE(SUM("t16"."value" * "t16"."value"), 0.0) AS "vv",
    COALESCE(SUM("t16"."value" * CAST("t16"."per" AS DOUBLE)), 0.0) AS "vn",
    COALESCE(SUM(CAST("t16"."per" AS DOUBLE) * CAST("t16"."per" AS DOUBLE)), 0.0) AS "nn"
  FROM (
    SELECT
      "t14"."module",
      "t14"."area",
      "t14"."cluster",
      COUNT(*) AS "units",
      COUNT(*) FILTER(WHERE
        "t14"."counted") AS "counted",
      COALESCE(SUM("t14"."value") FILTER(WHERE
        "t14"."counted"), 0.0) AS "value",
      COUNT(*) FILTER(WHERE
        "t14"."counted") AS "per"
    FROM "t13" AS "t14"
    GROUP BY
      1,
      2,
      3
  ) AS "t16"
  GROUP BY
    1,
    2
) AS "t20"
INNER JOIN (
  SELECT
    "t15"."module" AS "same_module",
    "t15"."area" AS "same_area",
    "t15"."mean",
    "t15"."sd",
    "t15"."median",
    "t15"."p90",
    "t15"."least",
    "t15"."most"
  FROM (
    SELECT
      "t14"."module",
      "t14"."area",
      AVG("t14"."value") FILTER(WHERE
        "t14"."counted") AS "mean",
      STDDEV_SAMP("t14"."value") FILTER(WHERE
        "t14"."counted") AS "sd",
      QUANTILE_CONT("t14"."value", 0.5) FILTER(WHERE
        "t14"."counted") AS "median",
      QUANTILE_CONT("t14"."value", 0.9) FILTER(WHERE
        "t14"."counted") AS "p90",
      MIN("t14"."value") FILTER(WHERE
        "t14"."counted") AS "least",
      MAX("t14"."value") FILTER(WHERE
        "t14"."counted") AS "most"
    FROM "t13" AS "t14"
    GROUP BY
      1,
      2
  ) AS "t15"
) AS "t18"
  ON "t20"."module" IS NOT DISTINCT FROM "t18"."same_module"
  AND "t20"."area" IS NOT DISTINCT FROM "t18"."same_area"

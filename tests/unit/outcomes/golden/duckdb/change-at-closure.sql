-- How do scores change from the baseline to closure?
WITH "t14" AS (
  SELECT
    "t13"."instrument",
    "t13"."version",
    "t13"."area",
    "t13"."cluster",
    (
      "t13"."after" - "t13"."before"
    ) IS NOT NULL AS "counted",
    "t13"."after" - "t13"."before" AS "value",
    1 AS "per"
  FROM (
    SELECT
      "t12"."case_id",
      "t12"."person_id",
      "t12"."instrument",
      "t12"."version",
      "t12"."before",
      "t12"."cluster",
      "t12"."who",
      "t12"."father",
      "t12"."after",
      "t12"."verdict",
      "t12"."due",
      "t9"."area",
      "t9"."agency",
      "t9"."source",
      "t9"."provider",
      "t9"."service",
      "t9"."level_of_need",
      "t9"."relationship",
      "t9"."year",
      "t9"."quarter",
      "t9"."month"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t6"."case_id",
          "t6"."person_id",
          "t6"."instrument",
          "t6"."version",
          "t6"."before",
          "t6"."cluster",
          "t6"."who",
          "t6"."father",
          "t7"."after",
          "t7"."verdict",
          "t5"."due"
        FROM (
          SELECT
            "t1"."case_id",
            "t1"."person_id",
            "t1"."instrument",
            "t1"."version",
            "t1"."score" AS "before",
            "t1"."case_id" AS "cluster",
            CASE WHEN "t1"."is_parent" THEN 'parents' ELSE 'children' END AS "who",
            CASE WHEN "t1"."is_father" THEN 'fathers' ELSE 'others' END AS "father"
          FROM "measure" AS "t1"
          WHERE
            "t1"."occasion" = 'baseline'
        ) AS "t6"
        LEFT OUTER JOIN (
          SELECT
            "t1"."case_id" AS "later_case_id",
            "t1"."person_id" AS "later_person_id",
            "t1"."instrument" AS "later_instrument",
            "t1"."version" AS "later_version",
            "t1"."score" AS "after",
            "t1"."verdict"
          FROM "measure" AS "t1"
          WHERE
            "t1"."occasion" = 'closure'
        ) AS "t7"
          ON "t6"."case_id" = "t7"."later_case_id"
          AND "t6"."person_id" = "t7"."later_person_id"
          AND "t6"."instrument" = "t7"."later_instrument"
          AND "t6"."version" = "t7"."later_version"
        INNER JOIN (
          SELECT
            "t0"."case_id" AS "of_case",
            "t0"."ended_on" IS NOT NULL AS "due"
          FROM "case" AS "t0"
        ) AS "t5"
          ON "t6"."case_id" = "t5"."of_case"
      ) AS "t10"
      WHERE
        "t10"."due" OR (
          "t10"."after" IS NOT NULL
        )
    ) AS "t12"
    INNER JOIN (
      SELECT
        "t0"."case_id",
        "t0"."area",
        "t0"."agency",
        "t0"."source",
        COALESCE("t0"."provider", 'none') AS "provider",
        COALESCE("t0"."service", 'none') AS "service",
        "t0"."level_of_need",
        "t0"."relationship",
        CAST(EXTRACT(year FROM "t0"."screened_on") AS TEXT) AS "year",
        CAST(EXTRACT(year FROM "t0"."screened_on") AS TEXT) || '-Q' || CAST(EXTRACT(quarter FROM "t0"."screened_on") AS TEXT) AS "quarter",
        CAST(EXTRACT(year FROM "t0"."screened_on") AS TEXT) || '-' || CASE
          WHEN 2 <= LENGTH(CAST(EXTRACT(month FROM "t0"."screened_on") AS TEXT))
          THEN CAST(EXTRACT(month FROM "t0"."screened_on") AS TEXT)
          ELSE REPEAT('0', 2 - LENGTH(CAST(EXTRACT(month FROM "t0"."screened_on") AS TEXT))) || CAST(EXTRACT(month FROM "t0"."screened_on") AS TEXT)
        END AS "month"
      FROM "case" AS "t0"
    ) AS "t9"
      ON "t12"."case_id" = "t9"."case_id"
  ) AS "t13"
)
SELECT
  "t21"."instrument",
  "t21"."version",
  "t21"."area",
  "t21"."units",
  "t21"."counted",
  "t21"."clusters",
  "t21"."vv",
  "t21"."vn",
  "t21"."nn",
  "t19"."mean",
  "t19"."sd",
  "t19"."median",
  "t19"."p90",
  "t19"."least",
  "t19"."most"
FROM (
  SELECT
    "t17"."instrument",
    "t17"."version",
    "t17"."area",
    COALESCE(SUM("t17"."units"), 0) AS "units",
    COALESCE(SUM("t17"."counted"), 0) AS "counted",
    COUNT(*) FILTER(WHERE
      "t17"."counted" > 0) AS "clusters",
    COALESCE(SUM("t17"."value" * "t17"."value"), 0.0) AS "vv",
    COALESCE(SUM("t17"."value" * CAST("t17"."per" AS DOUBLE)), 0.0) AS "vn",
    COALESCE(SUM(CAST("t17"."per" AS DOUBLE) * CAST("t17"."per" AS DOUBLE)), 0.0) AS "nn"
  FROM (
    SELECT
      "t15"."instrument",
      "t15"."version",
      "t15"."area",
      "t15"."cluster",
      COUNT(*) AS "units",
      COUNT(*) FILTER(WHERE
        "t15"."counted") AS "counted",
      COALESCE(SUM("t15"."value") FILTER(WHERE
        "t15"."counted"), 0.0) AS "value",
      COUNT(*) FILTER(WHERE
        "t15"."counted") AS "per"
    FROM "t14" AS "t15"
    GROUP BY
      1,
      2,
      3,
      4
  ) AS "t17"
  GROUP BY
    1,
    2,
    3
) AS "t21"
INNER JOIN (
  SELECT
    "t16"."instrument" AS "same_instrument",
    "t16"."version" AS "same_version",
    "t16"."area" AS "same_area",
    "t16"."mean",
    "t16"."sd",
    "t16"."median",
    "t16"."p90",
    "t16"."least",
    "t16"."most"
  FROM (
    SELECT
      "t15"."instrument",
      "t15"."version",
      "t15"."area",
      AVG("t15"."value") FILTER(WHERE
        "t15"."counted") AS "mean",
      STDDEV_SAMP("t15"."value") FILTER(WHERE
        "t15"."counted") AS "sd",
      QUANTILE_CONT("t15"."value", 0.5) FILTER(WHERE
        "t15"."counted") AS "median",
      QUANTILE_CONT("t15"."value", 0.9) FILTER(WHERE
        "t15"."counted") AS "p90",
      MIN("t15"."value") FILTER(WHERE
        "t15"."counted") AS "least",
      MAX("t15"."value") FILTER(WHERE
        "t15"."counted") AS "most"
    FROM "t14" AS "t15"
    GROUP BY
      1,
      2,
      3
  ) AS "t16"
) AS "t19"
  ON "t21"."instrument" IS NOT DISTINCT FROM "t19"."same_instrument"
  AND "t21"."version" IS NOT DISTINCT FROM "t19"."same_version"
  AND "t21"."area" IS NOT DISTINCT FROM "t19"."same_area"

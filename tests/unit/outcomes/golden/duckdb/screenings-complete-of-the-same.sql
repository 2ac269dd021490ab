-- How many screenings needed no more information, before and after training?
SELECT
  "t13"."standing",
  "t13"."area",
  COALESCE(SUM("t13"."units"), 0) AS "units",
  COALESCE(SUM("t13"."counted"), 0) AS "counted",
  COUNT(*) FILTER(WHERE
    "t13"."counted" > 0) AS "clusters",
  COALESCE(SUM(CAST("t13"."value" AS DOUBLE) * CAST("t13"."value" AS DOUBLE)), 0.0) AS "vv",
  COALESCE(SUM(CAST("t13"."value" AS DOUBLE) * CAST("t13"."per" AS DOUBLE)), 0.0) AS "vn",
  COALESCE(SUM(CAST("t13"."per" AS DOUBLE) * CAST("t13"."per" AS DOUBLE)), 0.0) AS "nn",
  COALESCE(SUM("t13"."value"), 0) AS "met",
  COALESCE(SUM("t13"."value"), 0) / NULLIF(COALESCE(SUM("t13"."counted"), 0), 0) AS "share"
FROM (
  SELECT
    "t12"."standing",
    "t12"."area",
    "t12"."cluster",
    COUNT(*) AS "units",
    COUNT(*) FILTER(WHERE
      "t12"."counted") AS "counted",
    COALESCE(SUM("t12"."value") FILTER(WHERE
      "t12"."counted"), 0) AS "value",
    COUNT(*) FILTER(WHERE
      "t12"."counted") AS "per"
  FROM (
    SELECT
      "t11"."standing",
      "t11"."area",
      "t11"."cluster",
      TRUE AS "counted",
      CAST(COALESCE("t11"."decision" <> 'more-information', FALSE) AS BIGINT) AS "value",
      1 AS "per"
    FROM (
      SELECT
        "t4"."area",
        "t4"."agency",
        "t4"."source",
        "t4"."decision",
        "t4"."practitioner_id" AS "cluster",
        CASE
          WHEN "t5"."since" IS NULL
          THEN 'never-trained'
          WHEN "t4"."screened_on" < "t5"."since"
          THEN 'before-training'
          ELSE 'after-training'
        END AS "standing",
        CAST(EXTRACT(year FROM "t4"."screened_on") AS TEXT) AS "year",
        CAST(EXTRACT(year FROM "t4"."screened_on") AS TEXT) || '-Q' || CAST(EXTRACT(quarter FROM "t4"."screened_on") AS TEXT) AS "quarter",
        CAST(EXTRACT(year FROM "t4"."screened_on") AS TEXT) || '-' || CASE
          WHEN 2 <= LENGTH(CAST(EXTRACT(month FROM "t4"."screened_on") AS TEXT))
          THEN CAST(EXTRACT(month FROM "t4"."screened_on") AS TEXT)
          ELSE REPEAT('0', 2 - LENGTH(CAST(EXTRACT(month FROM "t4"."screened_on") AS TEXT))) || CAST(EXTRACT(month FROM "t4"."screened_on") AS TEXT)
        END AS "month"
      FROM (
        SELECT
          *
        FROM "screening" AS "t0"
        WHERE
          "t0"."practitioner_id" IS NOT NULL
      ) AS "t4"
      LEFT OUTER JOIN (
        SELECT
          "t1"."practitioner_id" AS "trained",
          MIN("t1"."completed_on") AS "since"
        FROM "training" AS "t1"
        GROUP BY
          1
      ) AS "t5"
        ON "t4"."practitioner_id" = "t5"."trained"
      SEMI JOIN (
        SELECT
          *
        FROM (
          SELECT
            "t7"."cluster" AS "who",
            COUNT(DISTINCT "t7"."standing") AS "number"
          FROM (
            SELECT
              *
            FROM (
              SELECT
                "t4"."area",
                "t4"."agency",
                "t4"."source",
                "t4"."decision",
                "t4"."practitioner_id" AS "cluster",
                CASE
                  WHEN "t5"."since" IS NULL
                  THEN 'never-trained'
                  WHEN "t4"."screened_on" < "t5"."since"
                  THEN 'before-training'
                  ELSE 'after-training'
                END AS "standing",
                CAST(EXTRACT(year FROM "t4"."screened_on") AS TEXT) AS "year",
                CAST(EXTRACT(year FROM "t4"."screened_on") AS TEXT) || '-Q' || CAST(EXTRACT(quarter FROM "t4"."screened_on") AS TEXT) AS "quarter",
                CAST(EXTRACT(year FROM "t4"."screened_on") AS TEXT) || '-' || CASE
                  WHEN 2 <= LENGTH(CAST(EXTRACT(month FROM "t4"."screened_on") AS TEXT))
                  THEN CAST(EXTRACT(month FROM "t4"."screened_on") AS TEXT)
                  ELSE REPEAT('0', 2 - LENGTH(CAST(EXTRACT(month FROM "t4"."screened_on") AS TEXT))) || CAST(EXTRACT(month FROM "t4"."screened_on") AS TEXT)
                END AS "month"
              FROM (
                SELECT
                  *
                FROM "screening" AS "t0"
                WHERE
                  "t0"."practitioner_id" IS NOT NULL
              ) AS "t4"
              LEFT OUTER JOIN (
                SELECT
                  "t1"."practitioner_id" AS "trained",
                  MIN("t1"."completed_on") AS "since"
                FROM "training" AS "t1"
                GROUP BY
                  1
              ) AS "t5"
                ON "t4"."practitioner_id" = "t5"."trained"
            ) AS "t6"
            WHERE
              "t6"."standing" <> 'never-trained'
          ) AS "t7"
          GROUP BY
            1
        ) AS "t8"
        WHERE
          "t8"."number" = 2
      ) AS "t10"
        ON "t4"."practitioner_id" = "t10"."who"
    ) AS "t11"
  ) AS "t12"
  GROUP BY
    1,
    2,
    3
) AS "t13"
GROUP BY
  1,
  2

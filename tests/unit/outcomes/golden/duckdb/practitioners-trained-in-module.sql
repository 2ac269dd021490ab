-- How many practitioners were trained in each module?
SELECT
  "t12"."module",
  "t12"."area",
  COUNT(*) AS "units",
  COUNT(*) FILTER(WHERE
    "t12"."counted") AS "counted",
  COUNT(DISTINCT "t12"."cluster") FILTER(WHERE
    "t12"."counted") AS "clusters"
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
        TRUE AS "counted",
        CAST(COALESCE(TRUE, FALSE) AS BIGINT) AS "value",
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
GROUP BY
  1,
  2

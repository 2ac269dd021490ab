-- How many costly outcomes would have to be avoided to pay for the support?
SELECT
  "t25"."area",
  "t25"."outcome",
  COALESCE(SUM("t25"."units"), 0) AS "units",
  COALESCE(SUM("t25"."counted"), 0) AS "counted",
  COUNT(*) FILTER(WHERE
    "t25"."counted" > 0) AS "clusters",
  COALESCE(SUM(CAST("t25"."value" AS DOUBLE) * CAST("t25"."value" AS DOUBLE)), 0.0) AS "vv",
  COALESCE(SUM(CAST("t25"."value" AS DOUBLE) * "t25"."per"), 0.0) AS "vn",
  COALESCE(SUM("t25"."per" * "t25"."per"), 0.0) AS "nn",
  COALESCE(SUM("t25"."value"), 0) AS "total",
  COALESCE(SUM("t25"."per"), 0.0) AS "per",
  COALESCE(SUM("t25"."value"), 0) / NULLIF(COALESCE(SUM("t25"."per"), 0.0), 0) AS "ratio"
FROM (
  SELECT
    "t24"."area",
    "t24"."outcome",
    "t24"."cluster",
    COUNT(*) AS "units",
    COUNT(*) FILTER(WHERE
      "t24"."counted") AS "counted",
    COALESCE(SUM("t24"."value") FILTER(WHERE
      "t24"."counted"), 0) AS "value",
    COALESCE(SUM(CAST("t24"."per" AS DOUBLE)) FILTER(WHERE
      "t24"."counted"), 0.0) AS "per"
  FROM (
    SELECT
      "t23"."area",
      "t23"."outcome",
      "t23"."cluster",
      "t23"."counted",
      "t23"."value",
      "t23"."per"
    FROM (
      SELECT
        "t6"."outcome",
        "t6"."of" AS "area",
        "t6"."of" AS "cluster",
        COALESCE("t22"."known", FALSE) AS "counted",
        "t22"."spent" AS "value",
        "t6"."pence" AS "per"
      FROM (
        SELECT
          "t0"."area" AS "of",
          "t0"."outcome",
          "t0"."pence"
        FROM "avoidable_cost" AS "t0"
      ) AS "t6"
      LEFT OUTER JOIN (
        SELECT
          "t20"."area",
          SUM(CASE WHEN "t20"."counted" THEN "t20"."spent" ELSE 0 END) AS "spent",
          BOOL_OR(CAST("t20"."counted" AS BOOLEAN)) AS "known"
        FROM (
          SELECT
            "t19"."case_id",
            "t19"."completed",
            "t19"."priced",
            "t19"."spent",
            "t19"."parents",
            "t19"."children",
            "t19"."area",
            "t19"."agency",
            "t19"."source",
            "t19"."provider",
            "t19"."service",
            "t19"."level_of_need",
            "t19"."relationship",
            "t19"."year",
            "t19"."quarter",
            "t19"."month",
            "t19"."case_id" AS "cluster",
            "t19"."priced" AS "counted",
            "t19"."spent" AS "value",
            "t19"."parents" AS "per"
          FROM (
            SELECT
              "t18"."case_id",
              "t18"."completed",
              "t18"."priced",
              "t18"."spent",
              "t18"."parents",
              "t7"."children",
              "t11"."area",
              "t11"."agency",
              "t11"."source",
              "t11"."provider",
              "t11"."service",
              "t11"."level_of_need",
              "t11"."relationship",
              "t11"."year",
              "t11"."quarter",
              "t11"."month"
            FROM (
              SELECT
                "t16"."case_id",
                BOOL_OR(CAST("t16"."completed" AS BOOLEAN)) AS "completed",
                BOOL_AND(CAST("t16"."priced" AS BOOLEAN)) AS "priced",
                SUM("t16"."spent") AS "spent",
                SUM("t16"."parents") AS "parents"
              FROM (
                SELECT
                  "t15"."case_id",
                  "t15"."provider",
                  "t15"."service",
                  "t15"."completed",
                  "t15"."priced",
                  "t15"."spent",
                  COALESCE("t13"."parents", 0) AS "parents"
                FROM (
                  SELECT
                    "t12"."case_id",
                    "t12"."provider",
                    "t12"."service",
                    BOOL_OR(CAST("t12"."completed" AS BOOLEAN)) AS "completed",
                    BOOL_AND(CAST("t12"."unit_cost_pence" IS NOT NULL AS BOOLEAN)) AS "priced",
                    SUM("t12"."cost") AS "spent"
                  FROM (
                    SELECT
                      "t2"."case_id",
                      "t2"."referral_id",
                      "t2"."nth",
                      "t2"."area",
                      "t2"."provider",
                      "t2"."service",
                      "t2"."offer",
                      "t2"."agreed_by",
                      "t2"."submitted_on",
                      "t2"."agreed_on",
                      "t2"."accepted_on",
                      "t2"."declined_on",
                      "t2"."declined_for",
                      "t2"."assessed_on",
                      "t2"."assessed_as",
                      "t2"."started_on",
                      "t2"."closed_on",
                      "t2"."completed",
                      "t2"."parents",
                      "t2"."fathers",
                      "t2"."children",
                      "t2"."sessions",
                      "t2"."unit_cost_pence",
                      "t2"."unit_cost_for",
                      CASE
                        WHEN "t2"."unit_cost_for" = 'completed-case'
                        THEN CAST("t2"."completed" AS BIGINT)
                        WHEN "t2"."unit_cost_for" = 'started-case'
                        THEN CAST((
                          "t2"."started_on" IS NOT NULL
                        ) OR "t2"."completed" AS BIGINT)
                        ELSE "t2"."sessions"
                      END AS "due",
                      "t2"."unit_cost_pence" * CASE
                        WHEN "t2"."unit_cost_for" = 'completed-case'
                        THEN CAST("t2"."completed" AS BIGINT)
                        WHEN "t2"."unit_cost_for" = 'started-case'
                        THEN CAST((
                          "t2"."started_on" IS NOT NULL
                        ) OR "t2"."completed" AS BIGINT)
                        ELSE "t2"."sessions"
                      END AS "cost"
                    FROM "referral" AS "t2"
                    WHERE
                      (
                        "t2"."started_on" IS NOT NULL
                      )
                      OR "t2"."completed"
                      OR (
                        "t2"."sessions" > 0
                      )
                  ) AS "t12"
                  GROUP BY
                    1,
                    2,
                    3
                ) AS "t15"
                LEFT OUTER JOIN (
                  SELECT
                    "t8"."case_id" AS "of_case",
                    COALESCE("t8"."started_provider", 'none') AS "by",
                    COALESCE("t8"."started_service", 'none') AS "kind",
                    COUNT(*) AS "parents"
                  FROM (
                    SELECT
                      *
                    FROM "parent" AS "t3"
                    WHERE
                      "t3"."started_on" IS NOT NULL
                  ) AS "t8"
                  GROUP BY
                    1,
                    2,
                    3
                ) AS "t13"
                  ON "t15"."case_id" = "t13"."of_case"
                  AND "t15"."provider" = "t13"."by"
                  AND "t15"."service" = "t13"."kind"
              ) AS "t16"
              GROUP BY
                1
            ) AS "t18"
            INNER JOIN (
              SELECT
                "t1"."case_id" AS "of_case",
                "t1"."children"
              FROM "case" AS "t1"
            ) AS "t7"
              ON "t18"."case_id" = "t7"."of_case"
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
            ) AS "t11"
              ON "t18"."case_id" = "t11"."case_id"
          ) AS "t19"
        ) AS "t20"
        GROUP BY
          1
      ) AS "t22"
        ON "t6"."of" = "t22"."area"
    ) AS "t23"
  ) AS "t24"
  GROUP BY
    1,
    2,
    3
) AS "t25"
GROUP BY
  1,
  2

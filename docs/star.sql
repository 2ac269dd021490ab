-- The rules of the star, step by step: made by `make contracts` (docs/star.md).

CREATE TABLE "in_force" AS
SELECT
  "t19"."case_id",
  "t19"."submission_id",
  "t19"."supersedes",
  "t19"."agency",
  "t19"."area",
  "t19"."source",
  "t19"."level_of_need",
  "t19"."relationship",
  "t19"."decision",
  "t19"."practitioner_id",
  "t19"."submitted_on",
  "t19"."submitted_at",
  "t19"."decided_at",
  "t19"."revision",
  "t19"."stands",
  "t19"."recorded_on"
FROM (
  SELECT
    "t18".*
    EXCLUDE ("nth_")
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t16"."case_id",
        "t16"."submission_id",
        "t16"."supersedes",
        "t16"."agency",
        "t16"."area",
        "t16"."source",
        "t16"."level_of_need",
        "t16"."relationship",
        "t16"."decision",
        "t16"."practitioner_id",
        "t16"."submitted_on",
        "t16"."submitted_at",
        "t16"."decided_at",
        "t16"."revision",
        "t16"."stands",
        "t16"."recorded_on",
        "t16"."from_revision",
        "t16"."superseded",
        "t16"."rank",
        ROW_NUMBER() OVER (
          PARTITION BY "t16"."case_id"
          ORDER BY "t16"."rank" DESC, "t16"."superseded" ASC, "t16"."submitted_at" DESC, "t16"."decided_at" DESC, "t16"."submission_id" DESC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) - 1 AS "nth_"
      FROM (
        SELECT
          "t15"."case_id",
          "t15"."submission_id",
          "t15"."supersedes",
          "t15"."agency",
          "t15"."area",
          "t15"."source",
          "t15"."level_of_need",
          "t15"."relationship",
          "t15"."decision",
          "t15"."practitioner_id",
          "t15"."submitted_on",
          "t15"."submitted_at",
          "t15"."decided_at",
          "t15"."revision",
          "t15"."stands",
          "t15"."recorded_on",
          "t15"."from_revision",
          COALESCE("t15"."superseded", FALSE) AS "superseded",
          GREATEST(
            CASE WHEN "t15"."stands" THEN "t15"."revision" ELSE -1 END,
            COALESCE("t15"."from_revision", -1)
          ) AS "rank"
        FROM (
          SELECT
            "t14".*
            EXCLUDE ("right_case_id", "right_submission_id")
          FROM (
            SELECT
              "t13"."case_id",
              "t13"."submission_id",
              "t13"."supersedes",
              "t13"."agency",
              "t13"."area",
              "t13"."source",
              "t13"."level_of_need",
              "t13"."relationship",
              "t13"."decision",
              "t13"."practitioner_id",
              "t13"."submitted_on",
              "t13"."submitted_at",
              "t13"."decided_at",
              "t13"."revision",
              "t13"."stands",
              "t13"."recorded_on",
              "t13"."from_revision",
              "t9"."case_id" AS "right_case_id",
              "t9"."submission_id" AS "right_submission_id",
              "t9"."superseded"
            FROM (
              SELECT
                "t11".*
                EXCLUDE ("right_case_id", "right_submission_id")
              FROM (
                SELECT
                  "t2"."case_id",
                  "t2"."submission_id",
                  "t2"."supersedes",
                  "t2"."agency",
                  "t2"."area",
                  "t2"."source",
                  "t2"."level_of_need",
                  "t2"."relationship",
                  "t2"."decision",
                  "t2"."practitioner_id",
                  "t2"."submitted_on",
                  "t2"."submitted_at",
                  "t2"."decided_at",
                  "t2"."revision",
                  "t2"."stands",
                  "t2"."recorded_on",
                  "t10"."case_id" AS "right_case_id",
                  "t10"."submission_id" AS "right_submission_id",
                  "t10"."from_revision"
                FROM "screening" AS "t2"
                ANTI JOIN "screening_taken_back" AS "t3"
                  ON "t2"."case_id" = "t3"."case_id" AND "t2"."submission_id" = "t3"."submission_id"
                LEFT OUTER JOIN (
                  SELECT
                    "t6"."case_id",
                    "t6"."stands" AS "submission_id",
                    "t6"."from_revision"
                  FROM (
                    SELECT
                      "t4"."case_id",
                      "t4"."stands",
                      MAX("t4"."revision") AS "from_revision"
                    FROM (
                      SELECT
                        *
                      FROM "screening_taken_back" AS "t1"
                      WHERE
                        "t1"."stands" IS NOT NULL
                    ) AS "t4"
                    GROUP BY
                      1,
                      2
                  ) AS "t6"
                ) AS "t10"
                  ON "t2"."case_id" = "t10"."case_id" AND "t2"."submission_id" = "t10"."submission_id"
              ) AS "t11"
            ) AS "t13"
            LEFT OUTER JOIN (
              SELECT DISTINCT
                "t5"."case_id",
                "t5"."supersedes" AS "submission_id",
                TRUE AS "superseded"
              FROM (
                SELECT
                  "t2"."case_id",
                  "t2"."submission_id",
                  "t2"."supersedes",
                  "t2"."agency",
                  "t2"."area",
                  "t2"."source",
                  "t2"."level_of_need",
                  "t2"."relationship",
                  "t2"."decision",
                  "t2"."practitioner_id",
                  "t2"."submitted_on",
                  "t2"."submitted_at",
                  "t2"."decided_at",
                  "t2"."revision",
                  "t2"."stands",
                  "t2"."recorded_on"
                FROM "screening" AS "t2"
                ANTI JOIN "screening_taken_back" AS "t3"
                  ON "t2"."case_id" = "t3"."case_id" AND "t2"."submission_id" = "t3"."submission_id"
              ) AS "t5"
              WHERE
                "t5"."supersedes" IS NOT NULL AND "t5"."supersedes" <> "t5"."submission_id"
            ) AS "t9"
              ON "t13"."case_id" = "t9"."case_id" AND "t13"."submission_id" = "t9"."submission_id"
          ) AS "t14"
        ) AS "t15"
      ) AS "t16"
    ) AS "t17"
    WHERE
      "t17"."nth_" = 0
  ) AS "t18"
) AS "t19";

CREATE TABLE "in_force_parent" AS
SELECT
  "t2"."case_id",
  "t2"."submission_id",
  "t2"."person_id",
  "t2"."role",
  "t2"."sex",
  "t2"."ethnicity",
  "t2"."first_language",
  "t2"."disability",
  "t2"."employment",
  "t2"."agrees",
  "t2"."recorded_on"
FROM "screened_parent" AS "t2"
SEMI JOIN "in_force" AS "t3"
  ON "t2"."case_id" = "t3"."case_id" AND "t2"."submission_id" = "t3"."submission_id";

CREATE TABLE "in_force_child" AS
SELECT
  "t2"."case_id",
  "t2"."submission_id",
  "t2"."person_id",
  "t2"."views_source",
  "t2"."takes_part",
  "t2"."recorded_on"
FROM "screened_child" AS "t2"
SEMI JOIN "in_force" AS "t3"
  ON "t2"."case_id" = "t3"."case_id" AND "t2"."submission_id" = "t3"."submission_id";

CREATE TABLE "parent_of_case" AS
SELECT
  "t7"."case_id",
  "t7"."person_id",
  BOOL_OR(CAST("t7"."role" = 'father' AS BOOLEAN)) AS "is_father"
FROM (
  SELECT
    *
  FROM (
    SELECT
      "t3"."case_id",
      "t3"."person_id",
      "t3"."role"
    FROM "screened_parent" AS "t3"
    ANTI JOIN "screening_taken_back" AS "t4"
      ON "t3"."case_id" = "t4"."case_id" AND "t3"."submission_id" = "t4"."submission_id"
  ) AS "t6"
  UNION ALL
  SELECT
    *
  FROM (
    SELECT
      "t0"."case_id",
      "t0"."person_id",
      "t0"."role"
    FROM "referred_parent" AS "t0"
  ) AS "t5"
) AS "t7"
GROUP BY
  1,
  2;

CREATE TABLE "held_session" AS
SELECT
  *
FROM (
  SELECT
    "t2".*
    EXCLUDE ("nth_")
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t0"."case_id",
        "t0"."referral_id",
        "t0"."kind",
        "t0"."sequence",
        "t0"."number",
        "t0"."held_on",
        "t0"."taken_back",
        "t0"."recorded_on",
        ROW_NUMBER() OVER (
          PARTITION BY "t0"."case_id", "t0"."referral_id", "t0"."number"
          ORDER BY "t0"."sequence" DESC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) - 1 AS "nth_"
      FROM "session" AS "t0"
    ) AS "t1"
    WHERE
      "t1"."nth_" = 0
  ) AS "t2"
) AS "t3"
WHERE
  NOT (
    "t3"."taken_back"
  );

CREATE TABLE "expected_person" AS
SELECT
  "t8"."case_id",
  "t8"."person_id",
  "t8"."attended",
  "t8"."sequence",
  "t8"."recorded_on",
  "t8"."referral_id",
  "t8"."number",
  "t8"."held_on",
  COALESCE("t8"."is_father", FALSE) AS "is_father",
  "t8"."is_father" IS NOT NULL AS "is_parent"
FROM (
  SELECT
    "t7".*
    EXCLUDE ("right_person_id", "right_case_id")
  FROM (
    SELECT
      "t3"."case_id",
      "t3"."person_id",
      "t3"."attended",
      "t3"."sequence",
      "t3"."recorded_on",
      "t6"."referral_id",
      "t6"."number",
      "t6"."held_on",
      "t4"."case_id" AS "right_case_id",
      "t4"."person_id" AS "right_person_id",
      "t4"."is_father"
    FROM "attendance" AS "t3"
    INNER JOIN (
      SELECT
        "t2"."case_id",
        "t2"."referral_id",
        "t2"."number",
        "t2"."sequence",
        "t2"."held_on"
      FROM "held_session" AS "t2"
    ) AS "t6"
      ON "t3"."case_id" = "t6"."case_id" AND "t3"."sequence" = "t6"."sequence"
    LEFT OUTER JOIN "parent_of_case" AS "t4"
      ON "t3"."case_id" = "t4"."case_id" AND "t3"."person_id" = "t4"."person_id"
  ) AS "t7"
) AS "t8";

CREATE TABLE "present_person" AS
SELECT
  *
FROM "expected_person" AS "t0"
WHERE
  "t0"."attended" <> 'no';

CREATE TABLE "start" AS
SELECT
  "t2"."case_id",
  "t2"."person_id",
  "t2"."attended",
  "t2"."sequence",
  "t2"."recorded_on",
  "t2"."referral_id",
  "t2"."number",
  "t2"."held_on",
  "t2"."is_father",
  "t2"."is_parent"
FROM "present_person" AS "t2"
SEMI JOIN "referred_parent" AS "t3"
  ON "t2"."case_id" = "t3"."case_id"
  AND "t2"."referral_id" = "t3"."referral_id"
  AND "t2"."person_id" = "t3"."person_id";

CREATE TABLE "current_score" AS
SELECT
  "t7".*
  EXCLUDE ("nth_")
FROM (
  SELECT
    *
  FROM (
    SELECT
      "t5"."case_id",
      "t5"."person_id",
      "t5"."instrument",
      "t5"."version",
      "t5"."occasion",
      "t5"."told_by",
      "t5"."sequence",
      "t5"."taken_at",
      "t5"."taken_on",
      "t5"."score",
      "t5"."recorded_on",
      ROW_NUMBER() OVER (
        PARTITION BY "t5"."case_id", "t5"."person_id", "t5"."instrument", "t5"."version", "t5"."occasion"
        ORDER BY "t5"."taken_at" DESC, "t5"."sequence" DESC, "t5"."told_by" DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
      ) - 1 AS "nth_"
    FROM (
      SELECT
        "t2"."case_id",
        "t2"."person_id",
        "t2"."instrument",
        "t2"."version",
        "t2"."occasion",
        "t2"."told_by",
        "t2"."sequence",
        "t2"."taken_at",
        "t2"."taken_on",
        "t2"."score",
        "t2"."recorded_on"
      FROM "measure" AS "t2"
      ANTI JOIN (
        SELECT
          "t1"."case_id",
          "t1"."submission_id" AS "told_by"
        FROM "screening_taken_back" AS "t1"
      ) AS "t4"
        ON "t2"."case_id" = "t4"."case_id" AND "t2"."told_by" = "t4"."told_by"
    ) AS "t5"
  ) AS "t6"
  WHERE
    "t6"."nth_" = 0
) AS "t7";

CREATE TABLE "agreed_referral" AS
SELECT
  "t60"."case_id",
  "t60"."referral_id",
  "t60"."area",
  "t60"."provider",
  "t60"."service",
  "t60"."offer",
  "t60"."agreed_by",
  "t60"."submission_id",
  "t60"."sequence",
  "t60"."agreed_at",
  "t60"."children",
  "t60"."agreed_on",
  "t60"."recorded_on",
  "t60"."nth",
  COALESCE("t60"."parents", 0) AS "parents",
  COALESCE("t60"."fathers", 0) AS "fathers",
  "t60"."submitted_on",
  "t60"."accepted_on",
  "t60"."declined_on",
  "t60"."assessed_on",
  "t60"."closed_on",
  COALESCE("t60"."completed", FALSE) AS "completed",
  "t60"."declined_for",
  "t60"."assessed_as",
  COALESCE("t60"."sessions", 0) AS "sessions",
  "t60"."started_on",
  CASE
    WHEN "t60"."unit_cost_pence" IS NOT NULL
    THEN "t60"."unit_cost_for"
    ELSE NULL
  END AS "unit_cost_for",
  "t60"."unit_cost_pence"
FROM (
  SELECT
    "t59".*
    EXCLUDE ("right_offer")
  FROM (
    SELECT
      "t58"."case_id",
      "t58"."referral_id",
      "t58"."area",
      "t58"."provider",
      "t58"."service",
      "t58"."offer",
      "t58"."agreed_by",
      "t58"."submission_id",
      "t58"."sequence",
      "t58"."agreed_at",
      "t58"."children",
      "t58"."agreed_on",
      "t58"."recorded_on",
      "t58"."nth",
      "t58"."parents",
      "t58"."fathers",
      "t58"."submitted_on",
      "t58"."accepted_on",
      "t58"."declined_on",
      "t58"."assessed_on",
      "t58"."closed_on",
      "t58"."completed",
      "t58"."declined_for",
      "t58"."assessed_as",
      "t58"."sessions",
      "t58"."started_on",
      "t7"."offer" AS "right_offer",
      "t7"."unit_cost_for",
      "t7"."unit_cost_pence"
    FROM (
      SELECT
        "t56".*
        EXCLUDE ("right_referral_id", "right_case_id")
      FROM (
        SELECT
          "t55"."case_id",
          "t55"."referral_id",
          "t55"."area",
          "t55"."provider",
          "t55"."service",
          "t55"."offer",
          "t55"."agreed_by",
          "t55"."submission_id",
          "t55"."sequence",
          "t55"."agreed_at",
          "t55"."children",
          "t55"."agreed_on",
          "t55"."recorded_on",
          "t55"."nth",
          "t55"."parents",
          "t55"."fathers",
          "t55"."submitted_on",
          "t55"."accepted_on",
          "t55"."declined_on",
          "t55"."assessed_on",
          "t55"."closed_on",
          "t55"."completed",
          "t55"."declined_for",
          "t55"."assessed_as",
          "t55"."sessions",
          "t17"."case_id" AS "right_case_id",
          "t17"."referral_id" AS "right_referral_id",
          "t17"."started_on"
        FROM (
          SELECT
            "t53".*
            EXCLUDE ("right_referral_id", "right_case_id")
          FROM (
            SELECT
              "t52"."case_id",
              "t52"."referral_id",
              "t52"."area",
              "t52"."provider",
              "t52"."service",
              "t52"."offer",
              "t52"."agreed_by",
              "t52"."submission_id",
              "t52"."sequence",
              "t52"."agreed_at",
              "t52"."children",
              "t52"."agreed_on",
              "t52"."recorded_on",
              "t52"."nth",
              "t52"."parents",
              "t52"."fathers",
              "t52"."submitted_on",
              "t52"."accepted_on",
              "t52"."declined_on",
              "t52"."assessed_on",
              "t52"."closed_on",
              "t52"."completed",
              "t52"."declined_for",
              "t52"."assessed_as",
              "t12"."case_id" AS "right_case_id",
              "t12"."referral_id" AS "right_referral_id",
              "t12"."sessions"
            FROM (
              SELECT
                "t50".*
                EXCLUDE ("right_referral_id", "right_case_id")
              FROM (
                SELECT
                  "t49"."case_id",
                  "t49"."referral_id",
                  "t49"."area",
                  "t49"."provider",
                  "t49"."service",
                  "t49"."offer",
                  "t49"."agreed_by",
                  "t49"."submission_id",
                  "t49"."sequence",
                  "t49"."agreed_at",
                  "t49"."children",
                  "t49"."agreed_on",
                  "t49"."recorded_on",
                  "t49"."nth",
                  "t49"."parents",
                  "t49"."fathers",
                  "t49"."submitted_on",
                  "t49"."accepted_on",
                  "t49"."declined_on",
                  "t49"."assessed_on",
                  "t49"."closed_on",
                  "t49"."completed",
                  "t49"."declined_for",
                  "t38"."case_id" AS "right_case_id",
                  "t38"."referral_id" AS "right_referral_id",
                  "t38"."assessed_as"
                FROM (
                  SELECT
                    "t47".*
                    EXCLUDE ("right_referral_id", "right_case_id")
                  FROM (
                    SELECT
                      "t46"."case_id",
                      "t46"."referral_id",
                      "t46"."area",
                      "t46"."provider",
                      "t46"."service",
                      "t46"."offer",
                      "t46"."agreed_by",
                      "t46"."submission_id",
                      "t46"."sequence",
                      "t46"."agreed_at",
                      "t46"."children",
                      "t46"."agreed_on",
                      "t46"."recorded_on",
                      "t46"."nth",
                      "t46"."parents",
                      "t46"."fathers",
                      "t46"."submitted_on",
                      "t46"."accepted_on",
                      "t46"."declined_on",
                      "t46"."assessed_on",
                      "t46"."closed_on",
                      "t46"."completed",
                      "t39"."case_id" AS "right_case_id",
                      "t39"."referral_id" AS "right_referral_id",
                      "t39"."declined_for"
                    FROM (
                      SELECT
                        "t44".*
                        EXCLUDE ("right_referral_id", "right_case_id")
                      FROM (
                        SELECT
                          "t43"."case_id",
                          "t43"."referral_id",
                          "t43"."area",
                          "t43"."provider",
                          "t43"."service",
                          "t43"."offer",
                          "t43"."agreed_by",
                          "t43"."submission_id",
                          "t43"."sequence",
                          "t43"."agreed_at",
                          "t43"."children",
                          "t43"."agreed_on",
                          "t43"."recorded_on",
                          "t43"."nth",
                          "t43"."parents",
                          "t43"."fathers",
                          "t43"."submitted_on",
                          "t21"."case_id" AS "right_case_id",
                          "t21"."referral_id" AS "right_referral_id",
                          "t21"."accepted_on",
                          "t21"."declined_on",
                          "t21"."assessed_on",
                          "t21"."closed_on",
                          "t21"."completed"
                        FROM (
                          SELECT
                            "t41".*
                            EXCLUDE ("right_referral_id", "right_case_id")
                          FROM (
                            SELECT
                              "t34"."case_id",
                              "t34"."referral_id",
                              "t34"."area",
                              "t34"."provider",
                              "t34"."service",
                              "t34"."offer",
                              "t34"."agreed_by",
                              "t34"."submission_id",
                              "t34"."sequence",
                              "t34"."agreed_at",
                              "t34"."children",
                              "t34"."agreed_on",
                              "t34"."recorded_on",
                              "t34"."nth",
                              "t34"."parents",
                              "t34"."fathers",
                              "t40"."case_id" AS "right_case_id",
                              "t40"."referral_id" AS "right_referral_id",
                              "t40"."submitted_on"
                            FROM (
                              SELECT
                                "t29".*
                                EXCLUDE ("right_referral_id", "right_case_id")
                              FROM (
                                SELECT
                                  "t23"."case_id",
                                  "t23"."referral_id",
                                  "t23"."area",
                                  "t23"."provider",
                                  "t23"."service",
                                  "t23"."offer",
                                  "t23"."agreed_by",
                                  "t23"."submission_id",
                                  "t23"."sequence",
                                  "t23"."agreed_at",
                                  "t23"."children",
                                  "t23"."agreed_on",
                                  "t23"."recorded_on",
                                  "t23"."nth",
                                  "t20"."case_id" AS "right_case_id",
                                  "t20"."referral_id" AS "right_referral_id",
                                  "t20"."parents",
                                  "t20"."fathers"
                                FROM (
                                  SELECT
                                    "t4"."case_id",
                                    "t4"."referral_id",
                                    "t4"."area",
                                    "t4"."provider",
                                    "t4"."service",
                                    "t4"."offer",
                                    "t4"."agreed_by",
                                    "t4"."submission_id",
                                    "t4"."sequence",
                                    "t4"."agreed_at",
                                    "t4"."children",
                                    "t4"."agreed_on",
                                    "t4"."recorded_on",
                                    (
                                      ROW_NUMBER() OVER (
                                        PARTITION BY "t4"."case_id"
                                        ORDER BY "t4"."sequence" ASC, "t4"."referral_id" ASC
                                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                                      ) - 1
                                    ) + 1 AS "nth"
                                  FROM "referral" AS "t4"
                                ) AS "t23"
                                LEFT OUTER JOIN (
                                  SELECT
                                    "t5"."case_id",
                                    "t5"."referral_id",
                                    COUNT(*) AS "parents",
                                    SUM(CAST("t5"."role" = 'father' AS INT)) AS "fathers"
                                  FROM "referred_parent" AS "t5"
                                  GROUP BY
                                    1,
                                    2
                                ) AS "t20"
                                  ON "t23"."case_id" = "t20"."case_id" AND "t23"."referral_id" = "t20"."referral_id"
                              ) AS "t29"
                            ) AS "t34"
                            LEFT OUTER JOIN (
                              SELECT
                                "t30"."case_id",
                                "t30"."referral_id",
                                COALESCE("t30"."named", "t30"."before") AS "submitted_on"
                              FROM (
                                SELECT
                                  "t24"."case_id",
                                  "t24"."referral_id",
                                  MAX("t24"."submitted_on") FILTER(WHERE
                                    "t24"."submission_id" = "t24"."agreed_on_submission") AS "named",
                                  MAX("t24"."submitted_on") FILTER(WHERE
                                    "t24"."submitted_at" <= "t24"."agreed_at") AS "before"
                                FROM (
                                  SELECT
                                    "t15"."case_id",
                                    "t15"."referral_id",
                                    "t15"."agreed_at",
                                    "t15"."agreed_on_submission",
                                    "t16"."submission_id",
                                    "t16"."submitted_at",
                                    "t16"."submitted_on"
                                  FROM (
                                    SELECT
                                      "t4"."case_id",
                                      "t4"."referral_id",
                                      "t4"."agreed_at",
                                      "t4"."submission_id" AS "agreed_on_submission"
                                    FROM "referral" AS "t4"
                                  ) AS "t15"
                                  INNER JOIN (
                                    SELECT
                                      "t6"."case_id",
                                      "t6"."submission_id",
                                      "t6"."submitted_at",
                                      "t6"."submitted_on"
                                    FROM "screening" AS "t6"
                                  ) AS "t16"
                                    ON "t15"."case_id" = "t16"."case_id"
                                ) AS "t24"
                                GROUP BY
                                  1,
                                  2
                              ) AS "t30"
                            ) AS "t40"
                              ON "t34"."case_id" = "t40"."case_id" AND "t34"."referral_id" = "t40"."referral_id"
                          ) AS "t41"
                        ) AS "t43"
                        LEFT OUTER JOIN (
                          SELECT
                            "t3"."case_id",
                            "t3"."referral_id",
                            MIN("t3"."occurred_on") FILTER(WHERE
                              "t3"."step" = 'accepted') AS "accepted_on",
                            MIN("t3"."occurred_on") FILTER(WHERE
                              "t3"."step" = 'declined') AS "declined_on",
                            MIN("t3"."occurred_on") FILTER(WHERE
                              "t3"."step" = 'assessed') AS "assessed_on",
                            MAX("t3"."occurred_on") FILTER(WHERE
                              "t3"."step" = 'closed') AS "closed_on",
                            BOOL_OR(
                              CAST((
                                "t3"."step" = 'closed'
                              ) AND (
                                "t3"."outcome" = 'completed'
                              ) AS BOOLEAN)
                            ) AS "completed"
                          FROM "case_step" AS "t3"
                          GROUP BY
                            1,
                            2
                        ) AS "t21"
                          ON "t43"."case_id" = "t21"."case_id" AND "t43"."referral_id" = "t21"."referral_id"
                      ) AS "t44"
                    ) AS "t46"
                    LEFT OUTER JOIN (
                      SELECT
                        "t32"."case_id",
                        "t32"."referral_id",
                        "t32"."outcome" AS "declined_for"
                      FROM (
                        SELECT
                          "t28".*
                          EXCLUDE ("nth_")
                        FROM (
                          SELECT
                            *
                          FROM (
                            SELECT
                              "t14"."case_id",
                              "t14"."step",
                              "t14"."referral_id",
                              "t14"."outcome",
                              "t14"."person_id",
                              "t14"."sequence",
                              "t14"."occurred_on",
                              "t14"."recorded_on",
                              ROW_NUMBER() OVER (
                                PARTITION BY "t14"."case_id", "t14"."referral_id"
                                ORDER BY "t14"."sequence" DESC
                                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                              ) - 1 AS "nth_"
                            FROM (
                              SELECT
                                *
                              FROM "case_step" AS "t3"
                              WHERE
                                "t3"."step" = 'declined' AND "t3"."referral_id" IS NOT NULL
                            ) AS "t14"
                          ) AS "t26"
                          WHERE
                            "t26"."nth_" = 0
                        ) AS "t28"
                      ) AS "t32"
                    ) AS "t39"
                      ON "t46"."case_id" = "t39"."case_id" AND "t46"."referral_id" = "t39"."referral_id"
                  ) AS "t47"
                ) AS "t49"
                LEFT OUTER JOIN (
                  SELECT
                    "t31"."case_id",
                    "t31"."referral_id",
                    "t31"."outcome" AS "assessed_as"
                  FROM (
                    SELECT
                      "t27".*
                      EXCLUDE ("nth_")
                    FROM (
                      SELECT
                        *
                      FROM (
                        SELECT
                          "t13"."case_id",
                          "t13"."step",
                          "t13"."referral_id",
                          "t13"."outcome",
                          "t13"."person_id",
                          "t13"."sequence",
                          "t13"."occurred_on",
                          "t13"."recorded_on",
                          ROW_NUMBER() OVER (
                            PARTITION BY "t13"."case_id", "t13"."referral_id"
                            ORDER BY "t13"."sequence" DESC
                            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                          ) - 1 AS "nth_"
                        FROM (
                          SELECT
                            *
                          FROM "case_step" AS "t3"
                          WHERE
                            "t3"."step" = 'assessed' AND "t3"."referral_id" IS NOT NULL
                        ) AS "t13"
                      ) AS "t25"
                      WHERE
                        "t25"."nth_" = 0
                    ) AS "t27"
                  ) AS "t31"
                ) AS "t38"
                  ON "t49"."case_id" = "t38"."case_id" AND "t49"."referral_id" = "t38"."referral_id"
              ) AS "t50"
            ) AS "t52"
            LEFT OUTER JOIN (
              SELECT
                "t2"."case_id",
                "t2"."referral_id",
                COUNT(*) AS "sessions"
              FROM "held_session" AS "t2"
              GROUP BY
                1,
                2
            ) AS "t12"
              ON "t52"."case_id" = "t12"."case_id" AND "t52"."referral_id" = "t12"."referral_id"
          ) AS "t53"
        ) AS "t55"
        LEFT OUTER JOIN (
          SELECT
            "t1"."case_id",
            "t1"."referral_id",
            MIN("t1"."held_on") AS "started_on"
          FROM "start" AS "t1"
          GROUP BY
            1,
            2
        ) AS "t17"
          ON "t55"."case_id" = "t17"."case_id" AND "t55"."referral_id" = "t17"."referral_id"
      ) AS "t56"
    ) AS "t58"
    LEFT OUTER JOIN "offer_price" AS "t7"
      ON "t58"."offer" = "t7"."offer"
  ) AS "t59"
) AS "t60";

CREATE TABLE "star_case" AS
SELECT
  "t48"."case_id",
  "t48"."area",
  "t48"."agency",
  "t48"."source",
  "t48"."practitioner_id",
  "t48"."level_of_need",
  "t48"."relationship",
  "t48"."decision",
  "t48"."submitted_on" AS "screened_on",
  COALESCE("t48"."parents", 0) AS "parents",
  COALESCE("t48"."fathers", 0) AS "fathers",
  COALESCE("t48"."children", 0) AS "children",
  COALESCE("t48"."referrals", 0) AS "referrals",
  "t48"."service",
  "t48"."provider",
  "t48"."first_agreed_on",
  "t48"."first_submitted_on",
  "t48"."started_on",
  "t48"."completed_on",
  "t48"."ended_on",
  "t48"."ending",
  "t48"."previous_case_id",
  "t48"."again_within_months",
  "t48"."again_for_same_reason",
  "t48"."again_on"
FROM (
  SELECT
    "t47".*
    EXCLUDE ("right_case_id")
  FROM (
    SELECT
      "t46"."case_id",
      "t46"."submission_id",
      "t46"."supersedes",
      "t46"."agency",
      "t46"."area",
      "t46"."source",
      "t46"."level_of_need",
      "t46"."relationship",
      "t46"."decision",
      "t46"."practitioner_id",
      "t46"."submitted_on",
      "t46"."submitted_at",
      "t46"."decided_at",
      "t46"."revision",
      "t46"."stands",
      "t46"."recorded_on",
      "t46"."parents",
      "t46"."fathers",
      "t46"."children",
      "t46"."referrals",
      "t46"."started_on",
      "t46"."service",
      "t46"."provider",
      "t46"."first_agreed_on",
      "t46"."first_submitted_on",
      "t46"."completed_on",
      "t46"."ended_on",
      "t46"."ending",
      "t28"."case_id" AS "right_case_id",
      "t28"."previous_case_id",
      "t28"."again_within_months",
      "t28"."again_for_same_reason",
      "t28"."again_on"
    FROM (
      SELECT
        "t44".*
        EXCLUDE ("right_case_id")
      FROM (
        SELECT
          "t43"."case_id",
          "t43"."submission_id",
          "t43"."supersedes",
          "t43"."agency",
          "t43"."area",
          "t43"."source",
          "t43"."level_of_need",
          "t43"."relationship",
          "t43"."decision",
          "t43"."practitioner_id",
          "t43"."submitted_on",
          "t43"."submitted_at",
          "t43"."decided_at",
          "t43"."revision",
          "t43"."stands",
          "t43"."recorded_on",
          "t43"."parents",
          "t43"."fathers",
          "t43"."children",
          "t43"."referrals",
          "t43"."started_on",
          "t43"."service",
          "t43"."provider",
          "t43"."first_agreed_on",
          "t43"."first_submitted_on",
          "t43"."completed_on",
          "t33"."case_id" AS "right_case_id",
          "t33"."ended_on",
          "t33"."ending"
        FROM (
          SELECT
            "t41".*
            EXCLUDE ("right_case_id")
          FROM (
            SELECT
              "t40"."case_id",
              "t40"."submission_id",
              "t40"."supersedes",
              "t40"."agency",
              "t40"."area",
              "t40"."source",
              "t40"."level_of_need",
              "t40"."relationship",
              "t40"."decision",
              "t40"."practitioner_id",
              "t40"."submitted_on",
              "t40"."submitted_at",
              "t40"."decided_at",
              "t40"."revision",
              "t40"."stands",
              "t40"."recorded_on",
              "t40"."parents",
              "t40"."fathers",
              "t40"."children",
              "t40"."referrals",
              "t40"."started_on",
              "t40"."service",
              "t40"."provider",
              "t40"."first_agreed_on",
              "t40"."first_submitted_on",
              "t19"."case_id" AS "right_case_id",
              "t19"."completed_on"
            FROM (
              SELECT
                "t38".*
                EXCLUDE ("right_case_id")
              FROM (
                SELECT
                  "t37"."case_id",
                  "t37"."submission_id",
                  "t37"."supersedes",
                  "t37"."agency",
                  "t37"."area",
                  "t37"."source",
                  "t37"."level_of_need",
                  "t37"."relationship",
                  "t37"."decision",
                  "t37"."practitioner_id",
                  "t37"."submitted_on",
                  "t37"."submitted_at",
                  "t37"."decided_at",
                  "t37"."revision",
                  "t37"."stands",
                  "t37"."recorded_on",
                  "t37"."parents",
                  "t37"."fathers",
                  "t37"."children",
                  "t37"."referrals",
                  "t37"."started_on",
                  "t13"."case_id" AS "right_case_id",
                  "t13"."service",
                  "t13"."provider",
                  "t13"."first_agreed_on",
                  "t13"."first_submitted_on"
                FROM (
                  SELECT
                    "t35".*
                    EXCLUDE ("right_case_id")
                  FROM (
                    SELECT
                      "t34"."case_id",
                      "t34"."submission_id",
                      "t34"."supersedes",
                      "t34"."agency",
                      "t34"."area",
                      "t34"."source",
                      "t34"."level_of_need",
                      "t34"."relationship",
                      "t34"."decision",
                      "t34"."practitioner_id",
                      "t34"."submitted_on",
                      "t34"."submitted_at",
                      "t34"."decided_at",
                      "t34"."revision",
                      "t34"."stands",
                      "t34"."recorded_on",
                      "t34"."parents",
                      "t34"."fathers",
                      "t34"."children",
                      "t14"."case_id" AS "right_case_id",
                      "t14"."referrals",
                      "t14"."started_on"
                    FROM (
                      SELECT
                        "t30".*
                        EXCLUDE ("right_case_id")
                      FROM (
                        SELECT
                          "t27"."case_id",
                          "t27"."submission_id",
                          "t27"."supersedes",
                          "t27"."agency",
                          "t27"."area",
                          "t27"."source",
                          "t27"."level_of_need",
                          "t27"."relationship",
                          "t27"."decision",
                          "t27"."practitioner_id",
                          "t27"."submitted_on",
                          "t27"."submitted_at",
                          "t27"."decided_at",
                          "t27"."revision",
                          "t27"."stands",
                          "t27"."recorded_on",
                          "t27"."parents",
                          "t27"."fathers",
                          "t12"."case_id" AS "right_case_id",
                          "t12"."children"
                        FROM (
                          SELECT
                            "t23".*
                            EXCLUDE ("right_case_id")
                          FROM (
                            SELECT
                              "t6"."case_id",
                              "t6"."submission_id",
                              "t6"."supersedes",
                              "t6"."agency",
                              "t6"."area",
                              "t6"."source",
                              "t6"."level_of_need",
                              "t6"."relationship",
                              "t6"."decision",
                              "t6"."practitioner_id",
                              "t6"."submitted_on",
                              "t6"."submitted_at",
                              "t6"."decided_at",
                              "t6"."revision",
                              "t6"."stands",
                              "t6"."recorded_on",
                              "t17"."case_id" AS "right_case_id",
                              "t17"."parents",
                              "t17"."fathers"
                            FROM "in_force" AS "t6"
                            LEFT OUTER JOIN (
                              SELECT
                                "t5"."case_id",
                                COUNT(*) AS "parents",
                                SUM(CAST("t5"."role" = 'father' AS INT)) AS "fathers"
                              FROM "in_force_parent" AS "t5"
                              GROUP BY
                                1
                            ) AS "t17"
                              ON "t6"."case_id" = "t17"."case_id"
                          ) AS "t23"
                        ) AS "t27"
                        LEFT OUTER JOIN (
                          SELECT
                            "t3"."case_id",
                            COUNT(*) AS "children"
                          FROM "in_force_child" AS "t3"
                          GROUP BY
                            1
                        ) AS "t12"
                          ON "t27"."case_id" = "t12"."case_id"
                      ) AS "t30"
                    ) AS "t34"
                    LEFT OUTER JOIN (
                      SELECT
                        "t2"."case_id",
                        COUNT(*) AS "referrals",
                        MIN("t2"."started_on") AS "started_on"
                      FROM "agreed_referral" AS "t2"
                      GROUP BY
                        1
                    ) AS "t14"
                      ON "t34"."case_id" = "t14"."case_id"
                  ) AS "t35"
                ) AS "t37"
                LEFT OUTER JOIN (
                  SELECT
                    "t2"."case_id",
                    "t2"."service",
                    "t2"."provider",
                    "t2"."agreed_on" AS "first_agreed_on",
                    "t2"."submitted_on" AS "first_submitted_on"
                  FROM "agreed_referral" AS "t2"
                  WHERE
                    "t2"."nth" = 1
                ) AS "t13"
                  ON "t37"."case_id" = "t13"."case_id"
              ) AS "t38"
            ) AS "t40"
            LEFT OUTER JOIN (
              SELECT
                "t9"."case_id",
                MAX("t9"."occurred_on") AS "completed_on"
              FROM (
                SELECT
                  *
                FROM "case_step" AS "t1"
                WHERE
                  "t1"."step" = 'closed' AND "t1"."outcome" = 'completed'
              ) AS "t9"
              GROUP BY
                1
            ) AS "t19"
              ON "t40"."case_id" = "t19"."case_id"
          ) AS "t41"
        ) AS "t43"
        LEFT OUTER JOIN (
          SELECT
            "t29"."case_id",
            "t29"."occurred_on" AS "ended_on",
            CASE WHEN "t29"."step" = 'halted' THEN 'halted-for-safety' ELSE "t29"."outcome" END AS "ending"
          FROM (
            SELECT
              "t26".*
              EXCLUDE ("nth_")
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  "t8"."case_id",
                  "t8"."step",
                  "t8"."referral_id",
                  "t8"."outcome",
                  "t8"."person_id",
                  "t8"."sequence",
                  "t8"."occurred_on",
                  "t8"."recorded_on",
                  ROW_NUMBER() OVER (
                    PARTITION BY "t8"."case_id"
                    ORDER BY "t8"."sequence" DESC, "t8"."step" DESC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ) - 1 AS "nth_"
                FROM (
                  SELECT
                    *
                  FROM "case_step" AS "t1"
                  WHERE
                    "t1"."step" IN ('closed', 'halted', 'reopened')
                ) AS "t8"
              ) AS "t21"
              WHERE
                "t21"."nth_" = 0
            ) AS "t26"
          ) AS "t29"
          WHERE
            "t29"."step" <> 'reopened'
        ) AS "t33"
          ON "t43"."case_id" = "t33"."case_id"
      ) AS "t44"
    ) AS "t46"
    LEFT OUTER JOIN (
      SELECT
        "t22"."case_id",
        "t22"."previous_case_id",
        "t22"."months" AS "again_within_months",
        "t22"."same_reason" AS "again_for_same_reason",
        "t22"."occurred_on" AS "again_on"
      FROM (
        SELECT
          "t20".*
          EXCLUDE ("nth_")
        FROM (
          SELECT
            *
          FROM (
            SELECT
              "t0"."case_id",
              "t0"."previous_case_id",
              "t0"."sequence",
              "t0"."months",
              "t0"."occurred_on",
              "t0"."same_reason",
              "t0"."recorded_on",
              ROW_NUMBER() OVER (
                PARTITION BY "t0"."case_id"
                ORDER BY "t0"."sequence" ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
              ) - 1 AS "nth_"
            FROM "referred_again" AS "t0"
          ) AS "t16"
          WHERE
            "t16"."nth_" = 0
        ) AS "t20"
      ) AS "t22"
    ) AS "t28"
      ON "t46"."case_id" = "t28"."case_id"
  ) AS "t47"
) AS "t48";

CREATE TABLE "star_case_reason" AS
SELECT
  "t2"."case_id",
  "t2"."reason"
FROM "screening_reason" AS "t2"
SEMI JOIN "in_force" AS "t3"
  ON "t2"."case_id" = "t3"."case_id" AND "t2"."submission_id" = "t3"."submission_id"
SEMI JOIN "in_force" AS "t4"
  ON "t2"."case_id" = "t4"."case_id";

CREATE TABLE "star_screening" AS
SELECT
  "t11"."case_id",
  "t11"."submission_id",
  "t11"."area",
  "t11"."agency",
  "t11"."source",
  "t11"."practitioner_id",
  "t11"."decision",
  "t11"."screened_on",
  "t11"."in_force"
FROM (
  SELECT
    "t9"."case_id",
    "t9"."submission_id",
    "t9"."supersedes",
    "t9"."agency",
    "t9"."area",
    "t9"."source",
    "t9"."level_of_need",
    "t9"."relationship",
    "t9"."decision",
    "t9"."practitioner_id",
    "t9"."submitted_on",
    "t9"."submitted_at",
    "t9"."decided_at",
    "t9"."revision",
    "t9"."stands",
    "t9"."recorded_on",
    COALESCE("t9"."in_force", FALSE) AS "in_force",
    "t9"."submitted_on" AS "screened_on"
  FROM (
    SELECT
      "t8".*
      EXCLUDE ("right_case_id", "right_submission_id")
    FROM (
      SELECT
        "t4"."case_id",
        "t4"."submission_id",
        "t4"."supersedes",
        "t4"."agency",
        "t4"."area",
        "t4"."source",
        "t4"."level_of_need",
        "t4"."relationship",
        "t4"."decision",
        "t4"."practitioner_id",
        "t4"."submitted_on",
        "t4"."submitted_at",
        "t4"."decided_at",
        "t4"."revision",
        "t4"."stands",
        "t4"."recorded_on",
        "t7"."case_id" AS "right_case_id",
        "t7"."submission_id" AS "right_submission_id",
        "t7"."in_force"
      FROM "screening" AS "t4"
      ANTI JOIN "screening_taken_back" AS "t5"
        ON "t4"."case_id" = "t5"."case_id" AND "t4"."submission_id" = "t5"."submission_id"
      LEFT OUTER JOIN (
        SELECT
          "t0"."case_id",
          "t0"."submission_id",
          TRUE AS "in_force"
        FROM "in_force" AS "t0"
      ) AS "t7"
        ON "t4"."case_id" = "t7"."case_id" AND "t4"."submission_id" = "t7"."submission_id"
    ) AS "t8"
  ) AS "t9"
) AS "t11"
SEMI JOIN "in_force" AS "t3"
  ON "t11"."case_id" = "t3"."case_id";

CREATE TABLE "star_parent" AS
WITH "t33" AS (
  SELECT
    "t27"."case_id",
    "t27"."person_id",
    MIN("t27"."agreed_on") AS "referred_on"
  FROM (
    SELECT
      "t19"."case_id",
      "t19"."person_id",
      "t19"."referral_id",
      "t20"."agreed_on"
    FROM (
      SELECT
        "t4"."case_id",
        "t4"."person_id",
        "t4"."referral_id"
      FROM "referred_parent" AS "t4"
    ) AS "t19"
    INNER JOIN (
      SELECT
        "t5"."case_id",
        "t5"."referral_id",
        "t5"."agreed_on"
      FROM "referral" AS "t5"
    ) AS "t20"
      ON "t19"."case_id" = "t20"."case_id" AND "t19"."referral_id" = "t20"."referral_id"
  ) AS "t27"
  GROUP BY
    1,
    2
)
SELECT
  "t78"."case_id",
  "t78"."person_id",
  "t78"."is_father",
  "t78"."screened",
  "t78"."agrees",
  "t78"."sex",
  "t78"."ethnicity",
  "t78"."first_language",
  "t78"."disability",
  "t78"."employment",
  "t78"."referred",
  "t78"."referred_on",
  "t78"."started_on",
  "t78"."started_service",
  "t78"."started_provider",
  "t78"."completed_on",
  "t78"."asked_6_months_on",
  "t78"."asked_12_months_on",
  "t78"."answered_6_months_on",
  "t78"."answered_12_months_on",
  "t78"."change"
FROM (
  SELECT
    "t76"."case_id",
    "t76"."person_id",
    COALESCE("t76"."is_father", FALSE) AS "is_father",
    "t76"."agrees",
    "t76"."sex",
    "t76"."ethnicity",
    "t76"."first_language",
    "t76"."disability",
    "t76"."employment",
    COALESCE("t76"."screened", FALSE) AS "screened",
    "t76"."referred_on",
    "t76"."started_on",
    "t76"."started_service",
    "t76"."started_provider",
    CASE WHEN "t76"."started_on" IS NOT NULL THEN "t76"."completed_on" ELSE NULL END AS "completed_on",
    "t76"."asked_6_months_on",
    "t76"."asked_12_months_on",
    "t76"."answered_6_months_on",
    "t76"."answered_12_months_on",
    "t76"."change",
    "t76"."referred_on" IS NOT NULL AS "referred"
  FROM (
    SELECT
      "t75".*
      EXCLUDE ("right_person_id", "right_case_id")
    FROM (
      SELECT
        "t74"."case_id",
        "t74"."person_id",
        "t74"."is_father",
        "t74"."agrees",
        "t74"."sex",
        "t74"."ethnicity",
        "t74"."first_language",
        "t74"."disability",
        "t74"."employment",
        "t74"."screened",
        "t74"."referred_on",
        "t74"."started_on",
        "t74"."started_service",
        "t74"."started_provider",
        "t74"."completed_on",
        "t74"."asked_6_months_on",
        "t74"."asked_12_months_on",
        "t74"."answered_6_months_on",
        "t74"."answered_12_months_on",
        "t38"."case_id" AS "right_case_id",
        "t38"."person_id" AS "right_person_id",
        "t38"."change"
      FROM (
        SELECT
          "t72".*
          EXCLUDE ("right_person_id", "right_case_id")
        FROM (
          SELECT
            "t71"."case_id",
            "t71"."person_id",
            "t71"."is_father",
            "t71"."agrees",
            "t71"."sex",
            "t71"."ethnicity",
            "t71"."first_language",
            "t71"."disability",
            "t71"."employment",
            "t71"."screened",
            "t71"."referred_on",
            "t71"."started_on",
            "t71"."started_service",
            "t71"."started_provider",
            "t71"."completed_on",
            "t71"."asked_6_months_on",
            "t71"."asked_12_months_on",
            "t54"."case_id" AS "right_case_id",
            "t54"."person_id" AS "right_person_id",
            "t54"."answered_6_months_on",
            "t54"."answered_12_months_on"
          FROM (
            SELECT
              "t69".*
              EXCLUDE ("right_person_id", "right_case_id")
            FROM (
              SELECT
                "t68"."case_id",
                "t68"."person_id",
                "t68"."is_father",
                "t68"."agrees",
                "t68"."sex",
                "t68"."ethnicity",
                "t68"."first_language",
                "t68"."disability",
                "t68"."employment",
                "t68"."screened",
                "t68"."referred_on",
                "t68"."started_on",
                "t68"."started_service",
                "t68"."started_provider",
                "t68"."completed_on",
                "t48"."case_id" AS "right_case_id",
                "t48"."person_id" AS "right_person_id",
                "t48"."asked_6_months_on",
                "t48"."asked_12_months_on"
              FROM (
                SELECT
                  "t66".*
                  EXCLUDE ("right_case_id")
                FROM (
                  SELECT
                    "t65"."case_id",
                    "t65"."person_id",
                    "t65"."is_father",
                    "t65"."agrees",
                    "t65"."sex",
                    "t65"."ethnicity",
                    "t65"."first_language",
                    "t65"."disability",
                    "t65"."employment",
                    "t65"."screened",
                    "t65"."referred_on",
                    "t65"."started_on",
                    "t65"."started_service",
                    "t65"."started_provider",
                    "t26"."case_id" AS "right_case_id",
                    "t26"."completed_on"
                  FROM (
                    SELECT
                      "t63".*
                      EXCLUDE ("right_person_id", "right_case_id")
                    FROM (
                      SELECT
                        "t62"."case_id",
                        "t62"."person_id",
                        "t62"."is_father",
                        "t62"."agrees",
                        "t62"."sex",
                        "t62"."ethnicity",
                        "t62"."first_language",
                        "t62"."disability",
                        "t62"."employment",
                        "t62"."screened",
                        "t62"."referred_on",
                        "t52"."case_id" AS "right_case_id",
                        "t52"."person_id" AS "right_person_id",
                        "t52"."started_on",
                        "t52"."started_service",
                        "t52"."started_provider"
                      FROM (
                        SELECT
                          "t60".*
                          EXCLUDE ("right_person_id", "right_case_id")
                        FROM (
                          SELECT
                            "t59"."case_id",
                            "t59"."person_id",
                            "t59"."is_father",
                            "t59"."agrees",
                            "t59"."sex",
                            "t59"."ethnicity",
                            "t59"."first_language",
                            "t59"."disability",
                            "t59"."employment",
                            "t59"."screened",
                            "t40"."case_id" AS "right_case_id",
                            "t40"."person_id" AS "right_person_id",
                            "t40"."referred_on"
                          FROM (
                            SELECT
                              "t57".*
                              EXCLUDE ("right_person_id", "right_case_id")
                            FROM (
                              SELECT
                                "t56"."case_id",
                                "t56"."person_id",
                                "t56"."is_father",
                                "t22"."case_id" AS "right_case_id",
                                "t22"."person_id" AS "right_person_id",
                                "t22"."agrees",
                                "t22"."sex",
                                "t22"."ethnicity",
                                "t22"."first_language",
                                "t22"."disability",
                                "t22"."employment",
                                "t22"."screened"
                              FROM (
                                SELECT
                                  "t51"."case_id",
                                  "t51"."person_id",
                                  "t51"."is_father"
                                FROM (
                                  SELECT
                                    "t44"."case_id",
                                    "t44"."person_id",
                                    "t11"."case_id" AS "right_case_id",
                                    "t11"."person_id" AS "right_person_id",
                                    "t11"."is_father"
                                  FROM (
                                    SELECT
                                      *
                                    FROM (
                                      SELECT
                                        "t6"."case_id",
                                        "t6"."person_id"
                                      FROM "in_force_parent" AS "t6"
                                    ) AS "t15"
                                    UNION
                                    SELECT
                                      *
                                    FROM (
                                      SELECT
                                        "t36"."case_id",
                                        "t36"."person_id"
                                      FROM "t33" AS "t36"
                                    ) AS "t42"
                                  ) AS "t44"
                                  LEFT OUTER JOIN "parent_of_case" AS "t11"
                                    ON "t44"."case_id" = "t11"."case_id" AND "t44"."person_id" = "t11"."person_id"
                                ) AS "t51"
                              ) AS "t56"
                              LEFT OUTER JOIN (
                                SELECT
                                  "t6"."case_id",
                                  "t6"."person_id",
                                  "t6"."agrees",
                                  "t6"."sex",
                                  "t6"."ethnicity",
                                  "t6"."first_language",
                                  "t6"."disability",
                                  "t6"."employment",
                                  TRUE AS "screened"
                                FROM "in_force_parent" AS "t6"
                              ) AS "t22"
                                ON "t56"."case_id" = "t22"."case_id" AND "t56"."person_id" = "t22"."person_id"
                            ) AS "t57"
                          ) AS "t59"
                          LEFT OUTER JOIN "t33" AS "t40"
                            ON "t59"."case_id" = "t40"."case_id" AND "t59"."person_id" = "t40"."person_id"
                        ) AS "t60"
                      ) AS "t62"
                      LEFT OUTER JOIN (
                        SELECT
                          "t49".*
                          EXCLUDE ("referral_id")
                        FROM (
                          SELECT
                            "t47".*
                            EXCLUDE ("right_referral_id", "right_case_id")
                          FROM (
                            SELECT
                              "t41"."case_id",
                              "t41"."person_id",
                              "t41"."referral_id",
                              "t41"."started_on",
                              "t21"."case_id" AS "right_case_id",
                              "t21"."referral_id" AS "right_referral_id",
                              "t21"."started_service",
                              "t21"."started_provider"
                            FROM (
                              SELECT
                                "t32"."case_id",
                                "t32"."person_id",
                                "t32"."referral_id",
                                "t32"."held_on" AS "started_on"
                              FROM (
                                SELECT
                                  "t30".*
                                  EXCLUDE ("nth_")
                                FROM (
                                  SELECT
                                    *
                                  FROM (
                                    SELECT
                                      "t7"."case_id",
                                      "t7"."person_id",
                                      "t7"."attended",
                                      "t7"."sequence",
                                      "t7"."recorded_on",
                                      "t7"."referral_id",
                                      "t7"."number",
                                      "t7"."held_on",
                                      "t7"."is_father",
                                      "t7"."is_parent",
                                      ROW_NUMBER() OVER (
                                        PARTITION BY "t7"."case_id", "t7"."person_id"
                                        ORDER BY "t7"."held_on" ASC, "t7"."number" ASC, "t7"."referral_id" ASC
                                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                                      ) - 1 AS "nth_"
                                    FROM "start" AS "t7"
                                  ) AS "t24"
                                  WHERE
                                    "t24"."nth_" = 0
                                ) AS "t30"
                              ) AS "t32"
                            ) AS "t41"
                            LEFT OUTER JOIN (
                              SELECT
                                "t5"."case_id",
                                "t5"."referral_id",
                                "t5"."service" AS "started_service",
                                "t5"."provider" AS "started_provider"
                              FROM "referral" AS "t5"
                            ) AS "t21"
                              ON "t41"."case_id" = "t21"."case_id" AND "t41"."referral_id" = "t21"."referral_id"
                          ) AS "t47"
                        ) AS "t49"
                      ) AS "t52"
                        ON "t62"."case_id" = "t52"."case_id" AND "t62"."person_id" = "t52"."person_id"
                    ) AS "t63"
                  ) AS "t65"
                  LEFT OUTER JOIN (
                    SELECT
                      "t17"."case_id",
                      MAX("t17"."occurred_on") AS "completed_on"
                    FROM (
                      SELECT
                        *
                      FROM "case_step" AS "t3"
                      WHERE
                        "t3"."step" = 'closed' AND "t3"."outcome" = 'completed'
                    ) AS "t17"
                    GROUP BY
                      1
                  ) AS "t26"
                    ON "t65"."case_id" = "t26"."case_id"
                ) AS "t66"
              ) AS "t68"
              LEFT OUTER JOIN (
                SELECT
                  "t39"."case_id",
                  "t39"."person_id",
                  MIN("t39"."occurred_on") FILTER(WHERE
                    "t39"."outcome" = 'follow-up-6-months') AS "asked_6_months_on",
                  MIN("t39"."occurred_on") FILTER(WHERE
                    "t39"."outcome" = 'follow-up-12-months') AS "asked_12_months_on"
                FROM (
                  SELECT
                    "t35".*
                    EXCLUDE ("nth_")
                  FROM (
                    SELECT
                      *
                    FROM (
                      SELECT
                        "t18"."case_id",
                        "t18"."step",
                        "t18"."referral_id",
                        "t18"."outcome",
                        "t18"."person_id",
                        "t18"."sequence",
                        "t18"."occurred_on",
                        "t18"."recorded_on",
                        ROW_NUMBER() OVER (
                          PARTITION BY "t18"."case_id", "t18"."person_id", "t18"."outcome"
                          ORDER BY "t18"."sequence" ASC
                          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                        ) - 1 AS "nth_"
                      FROM (
                        SELECT
                          *
                        FROM "case_step" AS "t3"
                        WHERE
                          "t3"."step" = 'asked' AND "t3"."person_id" IS NOT NULL
                      ) AS "t18"
                    ) AS "t29"
                    WHERE
                      "t29"."nth_" = 0
                  ) AS "t35"
                ) AS "t39"
                GROUP BY
                  1,
                  2
              ) AS "t48"
                ON "t68"."case_id" = "t48"."case_id" AND "t68"."person_id" = "t48"."person_id"
            ) AS "t69"
          ) AS "t71"
          LEFT OUTER JOIN (
            SELECT
              "t46"."case_id",
              "t46"."person_id",
              MIN("t46"."taken_on") FILTER(WHERE
                "t46"."occasion" = 'follow-up-6-months') AS "answered_6_months_on",
              MIN("t46"."taken_on") FILTER(WHERE
                "t46"."occasion" = 'follow-up-12-months') AS "answered_12_months_on"
            FROM (
              SELECT
                "t10"."case_id",
                "t10"."person_id",
                "t10"."instrument",
                "t10"."version",
                "t10"."occasion",
                "t10"."told_by",
                "t10"."sequence",
                "t10"."taken_at",
                "t10"."taken_on",
                "t10"."score",
                "t10"."recorded_on"
              FROM "current_score" AS "t10"
              SEMI JOIN "t33" AS "t40"
                ON "t10"."case_id" = "t40"."case_id" AND "t10"."person_id" = "t40"."person_id"
            ) AS "t46"
            GROUP BY
              1,
              2
          ) AS "t54"
            ON "t71"."case_id" = "t54"."case_id" AND "t71"."person_id" = "t54"."person_id"
        ) AS "t72"
      ) AS "t74"
      LEFT OUTER JOIN (
        SELECT
          "t31"."case_id",
          "t31"."person_id",
          "t31"."change"
        FROM (
          SELECT
            "t28".*
            EXCLUDE ("nth_")
          FROM (
            SELECT
              *
            FROM (
              SELECT
                "t1"."case_id",
                "t1"."person_id",
                "t1"."change",
                "t1"."sequence",
                "t1"."recorded_on",
                ROW_NUMBER() OVER (
                  PARTITION BY "t1"."case_id", "t1"."person_id"
                  ORDER BY "t1"."sequence" DESC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ) - 1 AS "nth_"
              FROM "view_given" AS "t1"
            ) AS "t23"
            WHERE
              "t23"."nth_" = 0
          ) AS "t28"
        ) AS "t31"
      ) AS "t38"
        ON "t74"."case_id" = "t38"."case_id" AND "t74"."person_id" = "t38"."person_id"
    ) AS "t75"
  ) AS "t76"
) AS "t78"
SEMI JOIN "in_force" AS "t9"
  ON "t78"."case_id" = "t9"."case_id";

CREATE TABLE "star_child" AS
SELECT
  "t12"."case_id",
  "t12"."person_id",
  "t12"."takes_part",
  "t12"."views_source",
  "t12"."change"
FROM (
  SELECT
    "t10".*
    EXCLUDE ("right_person_id", "right_case_id")
  FROM (
    SELECT
      "t4"."case_id",
      "t4"."submission_id",
      "t4"."person_id",
      "t4"."views_source",
      "t4"."takes_part",
      "t4"."recorded_on",
      "t9"."case_id" AS "right_case_id",
      "t9"."person_id" AS "right_person_id",
      "t9"."change"
    FROM "in_force_child" AS "t4"
    LEFT OUTER JOIN (
      SELECT
        "t7"."case_id",
        "t7"."person_id",
        "t7"."change"
      FROM (
        SELECT
          "t6".*
          EXCLUDE ("nth_")
        FROM (
          SELECT
            *
          FROM (
            SELECT
              "t2"."case_id",
              "t2"."person_id",
              "t2"."change",
              "t2"."sequence",
              "t2"."recorded_on",
              ROW_NUMBER() OVER (
                PARTITION BY "t2"."case_id", "t2"."person_id"
                ORDER BY "t2"."sequence" DESC
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
              ) - 1 AS "nth_"
            FROM "view_given" AS "t2"
          ) AS "t5"
          WHERE
            "t5"."nth_" = 0
        ) AS "t6"
      ) AS "t7"
    ) AS "t9"
      ON "t4"."case_id" = "t9"."case_id" AND "t4"."person_id" = "t9"."person_id"
  ) AS "t10"
) AS "t12"
SEMI JOIN "in_force" AS "t3"
  ON "t12"."case_id" = "t3"."case_id";

CREATE TABLE "star_referral" AS
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
  "t2"."unit_cost_for"
FROM "agreed_referral" AS "t2"
SEMI JOIN "in_force" AS "t3"
  ON "t2"."case_id" = "t3"."case_id";

CREATE TABLE "star_session" AS
SELECT
  "t10"."case_id",
  "t10"."referral_id",
  "t10"."number",
  "t10"."held_on",
  "t10"."kind",
  "t10"."parents",
  "t10"."fathers",
  "t10"."children"
FROM (
  SELECT
    "t8"."case_id",
    "t8"."referral_id",
    "t8"."kind",
    "t8"."sequence",
    "t8"."number",
    "t8"."held_on",
    "t8"."taken_back",
    "t8"."recorded_on",
    COALESCE("t8"."parents", 0) AS "parents",
    COALESCE("t8"."fathers", 0) AS "fathers",
    COALESCE("t8"."children", 0) AS "children"
  FROM (
    SELECT
      "t7".*
      EXCLUDE ("right_referral_id", "right_case_id", "right_number")
    FROM (
      SELECT
        "t4"."case_id",
        "t4"."referral_id",
        "t4"."kind",
        "t4"."sequence",
        "t4"."number",
        "t4"."held_on",
        "t4"."taken_back",
        "t4"."recorded_on",
        "t6"."case_id" AS "right_case_id",
        "t6"."referral_id" AS "right_referral_id",
        "t6"."number" AS "right_number",
        "t6"."parents",
        "t6"."fathers",
        "t6"."children"
      FROM "held_session" AS "t4"
      LEFT OUTER JOIN (
        SELECT
          "t2"."case_id",
          "t2"."referral_id",
          "t2"."number",
          SUM(CAST("t2"."is_parent" AS INT)) AS "parents",
          SUM(CAST("t2"."is_father" AS INT)) AS "fathers",
          SUM(CAST(NOT (
            "t2"."is_parent"
          ) AS INT)) AS "children"
        FROM "present_person" AS "t2"
        GROUP BY
          1,
          2,
          3
      ) AS "t6"
        ON "t4"."case_id" = "t6"."case_id"
        AND "t4"."referral_id" = "t6"."referral_id"
        AND "t4"."number" = "t6"."number"
    ) AS "t7"
  ) AS "t8"
) AS "t10"
SEMI JOIN "in_force" AS "t3"
  ON "t10"."case_id" = "t3"."case_id";

CREATE TABLE "star_attendance" AS
SELECT
  "t2"."case_id",
  "t2"."referral_id",
  "t2"."number",
  "t2"."person_id",
  "t2"."is_parent",
  "t2"."is_father",
  "t2"."attended"
FROM "expected_person" AS "t2"
SEMI JOIN "in_force" AS "t3"
  ON "t2"."case_id" = "t3"."case_id";

CREATE TABLE "star_measure" AS
SELECT
  "t20"."case_id",
  "t20"."person_id",
  "t20"."is_parent",
  "t20"."is_father",
  "t20"."instrument",
  "t20"."version",
  "t20"."occasion",
  "t20"."taken_on",
  "t20"."score",
  "t20"."baseline",
  "t20"."verdict"
FROM (
  SELECT
    "t18"."case_id",
    "t18"."person_id",
    "t18"."instrument",
    "t18"."version",
    "t18"."occasion",
    "t18"."told_by",
    "t18"."sequence",
    "t18"."taken_at",
    "t18"."taken_on",
    "t18"."score",
    "t18"."recorded_on",
    "t18"."baseline",
    "t18"."is_father",
    "t18"."lower_is_better",
    "t18"."points",
    "t18"."cut_off",
    "t18"."is_parent",
    CASE
      WHEN (
        "t18"."baseline" IS NULL
      ) OR (
        "t18"."points" IS NULL
      )
      THEN CAST(NULL AS TEXT)
      WHEN ABS(
        CASE
          WHEN "t18"."lower_is_better"
          THEN "t18"."baseline" - "t18"."score"
          ELSE "t18"."score" - "t18"."baseline"
        END
      ) < "t18"."points"
      THEN 'unchanged'
      WHEN CASE
        WHEN "t18"."lower_is_better"
        THEN "t18"."baseline" - "t18"."score"
        ELSE "t18"."score" - "t18"."baseline"
      END < 0
      THEN 'deteriorated'
      WHEN COALESCE(
        CASE
          WHEN "t18"."lower_is_better"
          THEN (
            "t18"."baseline" >= "t18"."cut_off"
          )
          AND (
            "t18"."score" < "t18"."cut_off"
          )
          ELSE (
            "t18"."baseline" < "t18"."cut_off"
          )
          AND (
            "t18"."score" >= "t18"."cut_off"
          )
        END,
        FALSE
      )
      THEN 'recovered'
      ELSE 'improved'
    END AS "verdict"
  FROM (
    SELECT
      "t17"."case_id",
      "t17"."person_id",
      "t17"."instrument",
      "t17"."version",
      "t17"."occasion",
      "t17"."told_by",
      "t17"."sequence",
      "t17"."taken_at",
      "t17"."taken_on",
      "t17"."score",
      "t17"."recorded_on",
      CASE WHEN "t17"."occasion" <> 'baseline' THEN "t17"."baseline" ELSE NULL END AS "baseline",
      COALESCE("t17"."is_father", FALSE) AS "is_father",
      "t17"."lower_is_better",
      "t17"."points",
      "t17"."cut_off",
      "t17"."is_father" IS NOT NULL AS "is_parent"
    FROM (
      SELECT
        "t16".*
        EXCLUDE ("right_instrument", "right_version")
      FROM (
        SELECT
          "t15"."case_id",
          "t15"."person_id",
          "t15"."instrument",
          "t15"."version",
          "t15"."occasion",
          "t15"."told_by",
          "t15"."sequence",
          "t15"."taken_at",
          "t15"."taken_on",
          "t15"."score",
          "t15"."recorded_on",
          "t15"."baseline",
          "t15"."is_father",
          "t5"."instrument" AS "right_instrument",
          "t5"."version" AS "right_version",
          "t5"."lower_is_better",
          "t5"."points",
          "t5"."cut_off"
        FROM (
          SELECT
            "t13".*
            EXCLUDE ("right_person_id", "right_case_id")
          FROM (
            SELECT
              "t12"."case_id",
              "t12"."person_id",
              "t12"."instrument",
              "t12"."version",
              "t12"."occasion",
              "t12"."told_by",
              "t12"."sequence",
              "t12"."taken_at",
              "t12"."taken_on",
              "t12"."score",
              "t12"."recorded_on",
              "t12"."baseline",
              "t6"."case_id" AS "right_case_id",
              "t6"."person_id" AS "right_person_id",
              "t6"."is_father"
            FROM (
              SELECT
                "t10".*
                EXCLUDE ("right_person_id", "right_case_id", "right_instrument", "right_version")
              FROM (
                SELECT
                  "t7"."case_id",
                  "t7"."person_id",
                  "t7"."instrument",
                  "t7"."version",
                  "t7"."occasion",
                  "t7"."told_by",
                  "t7"."sequence",
                  "t7"."taken_at",
                  "t7"."taken_on",
                  "t7"."score",
                  "t7"."recorded_on",
                  "t9"."case_id" AS "right_case_id",
                  "t9"."person_id" AS "right_person_id",
                  "t9"."instrument" AS "right_instrument",
                  "t9"."version" AS "right_version",
                  "t9"."baseline"
                FROM "current_score" AS "t7"
                LEFT OUTER JOIN (
                  SELECT
                    "t3"."case_id",
                    "t3"."person_id",
                    "t3"."instrument",
                    "t3"."version",
                    "t3"."score" AS "baseline"
                  FROM "current_score" AS "t3"
                  WHERE
                    "t3"."occasion" = 'baseline'
                ) AS "t9"
                  ON "t7"."case_id" = "t9"."case_id"
                  AND "t7"."person_id" = "t9"."person_id"
                  AND "t7"."instrument" = "t9"."instrument"
                  AND "t7"."version" = "t9"."version"
              ) AS "t10"
            ) AS "t12"
            LEFT OUTER JOIN "parent_of_case" AS "t6"
              ON "t12"."case_id" = "t6"."case_id" AND "t12"."person_id" = "t6"."person_id"
          ) AS "t13"
        ) AS "t15"
        LEFT OUTER JOIN "norm" AS "t5"
          ON "t15"."instrument" = "t5"."instrument" AND "t15"."version" = "t5"."version"
      ) AS "t16"
    ) AS "t17"
  ) AS "t18"
) AS "t20"
SEMI JOIN "in_force" AS "t4"
  ON "t20"."case_id" = "t4"."case_id";

CREATE TABLE "current_training" AS
SELECT
  *
FROM (
  SELECT
    "t2".*
    EXCLUDE ("nth_")
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t0"."training_id",
        "t0"."practitioner_id",
        "t0"."profession",
        "t0"."position",
        "t0"."completed_on",
        "t0"."recorded_on",
        ROW_NUMBER() OVER (
          PARTITION BY "t0"."training_id"
          ORDER BY "t0"."position" DESC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) - 1 AS "nth_"
      FROM "training_said" AS "t0"
    ) AS "t1"
    WHERE
      "t1"."nth_" = 0
  ) AS "t2"
) AS "t3"
WHERE
  "t3"."completed_on" IS NOT NULL;

CREATE TABLE "star_training" AS
SELECT
  "t9"."training_id",
  "t9"."practitioner_id",
  "t9"."profession",
  "t9"."completed_on",
  "t9"."used"
FROM (
  SELECT
    "t8".*
    EXCLUDE ("right_training_id")
  FROM (
    SELECT
      "t2"."training_id",
      "t2"."practitioner_id",
      "t2"."profession",
      "t2"."position",
      "t2"."completed_on",
      "t2"."recorded_on",
      "t7"."training_id" AS "right_training_id",
      "t7"."used"
    FROM "current_training" AS "t2"
    LEFT OUTER JOIN (
      SELECT
        "t5"."training_id",
        "t5"."used"
      FROM (
        SELECT
          "t4".*
          EXCLUDE ("nth_")
        FROM (
          SELECT
            *
          FROM (
            SELECT
              "t1"."training_id",
              "t1"."position",
              "t1"."used",
              "t1"."recorded_on",
              ROW_NUMBER() OVER (
                PARTITION BY "t1"."training_id"
                ORDER BY "t1"."position" DESC
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
              ) - 1 AS "nth_"
            FROM "training_use_said" AS "t1"
          ) AS "t3"
          WHERE
            "t3"."nth_" = 0
        ) AS "t4"
      ) AS "t5"
    ) AS "t7"
      ON "t2"."training_id" = "t7"."training_id"
  ) AS "t8"
) AS "t9";

CREATE TABLE "star_training_area" AS
SELECT
  "t2"."training_id",
  "t2"."area"
FROM "training_said_area" AS "t2"
SEMI JOIN "current_training" AS "t3"
  ON "t2"."training_id" = "t3"."training_id" AND "t2"."position" = "t3"."position";

CREATE TABLE "star_training_module" AS
SELECT
  "t18"."training_id",
  "t18"."module",
  "t18"."before",
  "t18"."after",
  "t18"."later"
FROM (
  SELECT
    "t17".*
    EXCLUDE ("right_training_id", "right_module")
  FROM (
    SELECT
      "t3"."training_id",
      "t3"."module",
      "t3"."position",
      "t3"."recorded_on",
      "t16"."training_id" AS "right_training_id",
      "t16"."module" AS "right_module",
      "t16"."before",
      "t16"."after",
      "t16"."later"
    FROM "training_said_module" AS "t3"
    SEMI JOIN "current_training" AS "t4"
      ON "t3"."training_id" = "t4"."training_id" AND "t3"."position" = "t4"."position"
    LEFT OUTER JOIN (
      SELECT
        "t14"."training_id",
        "t14"."module",
        MAX("t14"."score") FILTER(WHERE
          "t14"."occasion" = 'before') AS "before",
        MAX("t14"."score") FILTER(WHERE
          "t14"."occasion" = 'after') AS "after",
        MAX("t14"."score") FILTER(WHERE
          "t14"."occasion" = 'follow-up') AS "later"
      FROM (
        SELECT
          "t11"."training_id",
          "t11"."module",
          "t11"."occasion",
          "t11"."instrument",
          "t11"."version",
          "t11"."position",
          "t11"."score",
          "t11"."recorded_on"
        FROM (
          SELECT
            "t7".*
            EXCLUDE ("nth_")
          FROM (
            SELECT
              *
            FROM (
              SELECT
                "t2"."training_id",
                "t2"."module",
                "t2"."occasion",
                "t2"."instrument",
                "t2"."version",
                "t2"."position",
                "t2"."score",
                "t2"."recorded_on",
                ROW_NUMBER() OVER (
                  PARTITION BY "t2"."training_id", "t2"."module", "t2"."occasion"
                  ORDER BY "t2"."position" DESC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ) - 1 AS "nth_"
              FROM "confidence_said" AS "t2"
            ) AS "t5"
            WHERE
              "t5"."nth_" = 0
          ) AS "t7"
        ) AS "t11"
        SEMI JOIN (
          SELECT
            "t10"."training_id",
            "t10"."module",
            "t10"."instrument",
            "t10"."version"
          FROM (
            SELECT
              "t8".*
              EXCLUDE ("nth_")
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  "t2"."training_id",
                  "t2"."module",
                  "t2"."occasion",
                  "t2"."instrument",
                  "t2"."version",
                  "t2"."position",
                  "t2"."score",
                  "t2"."recorded_on",
                  ROW_NUMBER() OVER (
                    PARTITION BY "t2"."training_id", "t2"."module"
                    ORDER BY "t2"."position" DESC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ) - 1 AS "nth_"
                FROM "confidence_said" AS "t2"
              ) AS "t6"
              WHERE
                "t6"."nth_" = 0
            ) AS "t8"
          ) AS "t10"
        ) AS "t13"
          ON "t11"."training_id" = "t13"."training_id"
          AND "t11"."module" = "t13"."module"
          AND "t11"."instrument" = "t13"."instrument"
          AND "t11"."version" = "t13"."version"
      ) AS "t14"
      GROUP BY
        1,
        2
    ) AS "t16"
      ON "t3"."training_id" = "t16"."training_id" AND "t3"."module" = "t16"."module"
  ) AS "t17"
) AS "t18";

CREATE TABLE "star_area" AS
SELECT
  "t0"."id" AS "area",
  "t0"."name"
FROM "directory_name" AS "t0"
WHERE
  "t0"."kind" = 'area';

CREATE TABLE "star_agency" AS
SELECT
  "t0"."id" AS "agency",
  "t0"."name"
FROM "directory_name" AS "t0"
WHERE
  "t0"."kind" = 'agency';

CREATE TABLE "star_provider" AS
SELECT
  "t0"."id" AS "provider",
  "t0"."name"
FROM "directory_name" AS "t0"
WHERE
  "t0"."kind" = 'provider';

CREATE TABLE "star_region" AS
SELECT
  *
FROM "region_area" AS "t0";

CREATE TABLE "star_population" AS
SELECT
  *
FROM "population" AS "t0";

CREATE TABLE "star_avoidable_cost" AS
SELECT
  "t0"."area",
  "t0"."outcome",
  "t0"."pence",
  "t0"."source",
  "t0"."as_of"
FROM "avoidable_cost" AS "t0";

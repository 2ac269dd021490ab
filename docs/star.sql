-- The rules of the star, step by step: made by `make contracts` (docs/star.md).

CREATE TABLE "in_force" AS
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
  "t13"."recorded_on"
FROM (
  SELECT
    "t12"."case_id",
    "t12"."submission_id",
    "t12"."supersedes",
    "t12"."agency",
    "t12"."area",
    "t12"."source",
    "t12"."level_of_need",
    "t12"."relationship",
    "t12"."decision",
    "t12"."practitioner_id",
    "t12"."submitted_on",
    "t12"."submitted_at",
    "t12"."decided_at",
    "t12"."revision",
    "t12"."stands",
    "t12"."recorded_on",
    "t12"."from_revision",
    "t12"."superseded",
    "t12"."rank",
    ROW_NUMBER() OVER (
      PARTITION BY "t12"."case_id"
      ORDER BY "t12"."rank" DESC, "t12"."superseded" ASC, "t12"."submitted_at" DESC, "t12"."decided_at" DESC, "t12"."submission_id" DESC
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) - 1 AS "nth_"
  FROM (
    SELECT
      "t11"."case_id",
      "t11"."submission_id",
      "t11"."supersedes",
      "t11"."agency",
      "t11"."area",
      "t11"."source",
      "t11"."level_of_need",
      "t11"."relationship",
      "t11"."decision",
      "t11"."practitioner_id",
      "t11"."submitted_on",
      "t11"."submitted_at",
      "t11"."decided_at",
      "t11"."revision",
      "t11"."stands",
      "t11"."recorded_on",
      "t11"."from_revision",
      COALESCE("t11"."superseded", FALSE) AS "superseded",
      GREATEST(
        CASE WHEN "t11"."stands" THEN "t11"."revision" ELSE -1 END,
        COALESCE("t11"."from_revision", -1)
      ) AS "rank"
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
        "t10"."from_revision",
        "t9"."superseded"
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
        ON "t2"."case_id" = "t9"."case_id" AND "t2"."submission_id" = "t9"."submission_id"
    ) AS "t11"
  ) AS "t12"
) AS "t13"
WHERE
  "t13"."nth_" = 0;

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
  "t1"."case_id",
  "t1"."referral_id",
  "t1"."kind",
  "t1"."sequence",
  "t1"."number",
  "t1"."held_on",
  "t1"."taken_back",
  "t1"."recorded_on"
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
  "t1"."nth_" = 0 AND NOT (
    "t1"."taken_back"
  );

CREATE TABLE "expected_person" AS
SELECT
  "t7"."case_id",
  "t7"."person_id",
  "t7"."attended",
  "t7"."sequence",
  "t7"."recorded_on",
  "t7"."referral_id",
  "t7"."number",
  "t7"."held_on",
  COALESCE("t7"."is_father", FALSE) AS "is_father",
  "t7"."is_father" IS NOT NULL AS "is_parent"
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
) AS "t7";

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
  "t6"."case_id",
  "t6"."person_id",
  "t6"."instrument",
  "t6"."version",
  "t6"."occasion",
  "t6"."told_by",
  "t6"."sequence",
  "t6"."taken_at",
  "t6"."taken_on",
  "t6"."score",
  "t6"."recorded_on"
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
  "t6"."nth_" = 0;

CREATE TABLE "agreed_referral" AS
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
  COALESCE("t34"."parents", 0) AS "parents",
  COALESCE("t34"."fathers", 0) AS "fathers",
  "t34"."submitted_on",
  "t34"."accepted_on",
  "t34"."declined_on",
  "t34"."assessed_on",
  "t34"."closed_on",
  COALESCE("t34"."completed", FALSE) AS "completed",
  "t34"."declined_for",
  "t34"."assessed_as",
  COALESCE("t34"."sessions", 0) AS "sessions",
  "t34"."started_on",
  CASE
    WHEN "t34"."unit_cost_pence" IS NOT NULL
    THEN "t34"."unit_cost_for"
    ELSE NULL
  END AS "unit_cost_for",
  "t34"."unit_cost_pence"
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
    "t19"."parents",
    "t19"."fathers",
    "t33"."submitted_on",
    "t22"."accepted_on",
    "t22"."declined_on",
    "t22"."assessed_on",
    "t22"."closed_on",
    "t22"."completed",
    "t30"."declined_for",
    "t31"."assessed_as",
    "t14"."sessions",
    "t18"."started_on",
    "t7"."unit_cost_for",
    "t7"."unit_cost_pence"
  FROM (
    SELECT
      "t0"."case_id",
      "t0"."referral_id",
      "t0"."area",
      "t0"."provider",
      "t0"."service",
      "t0"."offer",
      "t0"."agreed_by",
      "t0"."submission_id",
      "t0"."sequence",
      "t0"."agreed_at",
      "t0"."children",
      "t0"."agreed_on",
      "t0"."recorded_on",
      (
        ROW_NUMBER() OVER (
          PARTITION BY "t0"."case_id"
          ORDER BY "t0"."sequence" ASC, "t0"."referral_id" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) - 1
      ) + 1 AS "nth"
    FROM "referral" AS "t0"
  ) AS "t23"
  LEFT OUTER JOIN (
    SELECT
      "t2"."case_id",
      "t2"."referral_id",
      COUNT(*) AS "parents",
      SUM(CAST("t2"."role" = 'father' AS INT)) AS "fathers"
    FROM "referred_parent" AS "t2"
    GROUP BY
      1,
      2
  ) AS "t19"
    ON "t23"."case_id" = "t19"."case_id" AND "t23"."referral_id" = "t19"."referral_id"
  LEFT OUTER JOIN (
    SELECT
      "t29"."case_id",
      "t29"."referral_id",
      COALESCE("t29"."named", "t29"."before") AS "submitted_on"
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
          "t11"."case_id",
          "t11"."referral_id",
          "t11"."agreed_at",
          "t11"."agreed_on_submission",
          "t16"."submission_id",
          "t16"."submitted_at",
          "t16"."submitted_on"
        FROM (
          SELECT
            "t0"."case_id",
            "t0"."referral_id",
            "t0"."agreed_at",
            "t0"."submission_id" AS "agreed_on_submission"
          FROM "referral" AS "t0"
        ) AS "t11"
        INNER JOIN (
          SELECT
            "t6"."case_id",
            "t6"."submission_id",
            "t6"."submitted_at",
            "t6"."submitted_on"
          FROM "screening" AS "t6"
        ) AS "t16"
          ON "t11"."case_id" = "t16"."case_id"
      ) AS "t24"
      GROUP BY
        1,
        2
    ) AS "t29"
  ) AS "t33"
    ON "t23"."case_id" = "t33"."case_id" AND "t23"."referral_id" = "t33"."referral_id"
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
  ) AS "t22"
    ON "t23"."case_id" = "t22"."case_id" AND "t23"."referral_id" = "t22"."referral_id"
  LEFT OUTER JOIN (
    SELECT
      "t25"."case_id",
      "t25"."referral_id",
      "t25"."outcome" AS "declined_for"
    FROM (
      SELECT
        "t12"."case_id",
        "t12"."step",
        "t12"."referral_id",
        "t12"."outcome",
        "t12"."person_id",
        "t12"."sequence",
        "t12"."occurred_on",
        "t12"."recorded_on",
        ROW_NUMBER() OVER (
          PARTITION BY "t12"."case_id", "t12"."referral_id"
          ORDER BY "t12"."sequence" DESC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) - 1 AS "nth_"
      FROM (
        SELECT
          *
        FROM "case_step" AS "t3"
        WHERE
          "t3"."step" = 'declined' AND "t3"."referral_id" IS NOT NULL
      ) AS "t12"
    ) AS "t25"
    WHERE
      "t25"."nth_" = 0
  ) AS "t30"
    ON "t23"."case_id" = "t30"."case_id" AND "t23"."referral_id" = "t30"."referral_id"
  LEFT OUTER JOIN (
    SELECT
      "t26"."case_id",
      "t26"."referral_id",
      "t26"."outcome" AS "assessed_as"
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
    ) AS "t26"
    WHERE
      "t26"."nth_" = 0
  ) AS "t31"
    ON "t23"."case_id" = "t31"."case_id" AND "t23"."referral_id" = "t31"."referral_id"
  LEFT OUTER JOIN (
    SELECT
      "t4"."case_id",
      "t4"."referral_id",
      COUNT(*) AS "sessions"
    FROM "held_session" AS "t4"
    GROUP BY
      1,
      2
  ) AS "t14"
    ON "t23"."case_id" = "t14"."case_id" AND "t23"."referral_id" = "t14"."referral_id"
  LEFT OUTER JOIN (
    SELECT
      "t5"."case_id",
      "t5"."referral_id",
      MIN("t5"."held_on") AS "started_on"
    FROM "start" AS "t5"
    GROUP BY
      1,
      2
  ) AS "t18"
    ON "t23"."case_id" = "t18"."case_id" AND "t23"."referral_id" = "t18"."referral_id"
  LEFT OUTER JOIN "offer_price" AS "t7"
    ON "t23"."offer" = "t7"."offer"
) AS "t34";

CREATE TABLE "star_case" AS
SELECT
  "t25"."case_id",
  "t25"."area",
  "t25"."agency",
  "t25"."source",
  "t25"."practitioner_id",
  "t25"."level_of_need",
  "t25"."relationship",
  "t25"."decision",
  "t25"."submitted_on" AS "screened_on",
  COALESCE("t25"."parents", 0) AS "parents",
  COALESCE("t25"."fathers", 0) AS "fathers",
  COALESCE("t25"."children", 0) AS "children",
  COALESCE("t25"."referrals", 0) AS "referrals",
  "t25"."service",
  "t25"."provider",
  "t25"."first_agreed_on",
  "t25"."first_submitted_on",
  "t25"."started_on",
  "t25"."completed_on",
  "t25"."ended_on",
  "t25"."ending",
  "t25"."previous_case_id",
  "t25"."again_within_months",
  "t25"."again_for_same_reason",
  "t25"."again_on"
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
    "t16"."parents",
    "t16"."fathers",
    "t8"."children",
    "t14"."referrals",
    "t14"."started_on",
    "t15"."service",
    "t15"."provider",
    "t15"."first_agreed_on",
    "t15"."first_submitted_on",
    "t19"."completed_on",
    "t24"."ended_on",
    "t24"."ending",
    "t22"."previous_case_id",
    "t22"."again_within_months",
    "t22"."again_for_same_reason",
    "t22"."again_on"
  FROM "in_force" AS "t6"
  LEFT OUTER JOIN (
    SELECT
      "t1"."case_id",
      COUNT(*) AS "parents",
      SUM(CAST("t1"."role" = 'father' AS INT)) AS "fathers"
    FROM "in_force_parent" AS "t1"
    GROUP BY
      1
  ) AS "t16"
    ON "t6"."case_id" = "t16"."case_id"
  LEFT OUTER JOIN (
    SELECT
      "t2"."case_id",
      COUNT(*) AS "children"
    FROM "in_force_child" AS "t2"
    GROUP BY
      1
  ) AS "t8"
    ON "t6"."case_id" = "t8"."case_id"
  LEFT OUTER JOIN (
    SELECT
      "t3"."case_id",
      COUNT(*) AS "referrals",
      MIN("t3"."started_on") AS "started_on"
    FROM "agreed_referral" AS "t3"
    GROUP BY
      1
  ) AS "t14"
    ON "t6"."case_id" = "t14"."case_id"
  LEFT OUTER JOIN (
    SELECT
      "t3"."case_id",
      "t3"."service",
      "t3"."provider",
      "t3"."agreed_on" AS "first_agreed_on",
      "t3"."submitted_on" AS "first_submitted_on"
    FROM "agreed_referral" AS "t3"
    WHERE
      "t3"."nth" = 1
  ) AS "t15"
    ON "t6"."case_id" = "t15"."case_id"
  LEFT OUTER JOIN (
    SELECT
      "t12"."case_id",
      MAX("t12"."occurred_on") AS "completed_on"
    FROM (
      SELECT
        *
      FROM "case_step" AS "t4"
      WHERE
        "t4"."step" = 'closed' AND "t4"."outcome" = 'completed'
    ) AS "t12"
    GROUP BY
      1
  ) AS "t19"
    ON "t6"."case_id" = "t19"."case_id"
  LEFT OUTER JOIN (
    SELECT
      "t20"."case_id",
      "t20"."occurred_on" AS "ended_on",
      CASE WHEN "t20"."step" = 'halted' THEN 'halted-for-safety' ELSE "t20"."outcome" END AS "ending"
    FROM (
      SELECT
        "t11"."case_id",
        "t11"."step",
        "t11"."referral_id",
        "t11"."outcome",
        "t11"."person_id",
        "t11"."sequence",
        "t11"."occurred_on",
        "t11"."recorded_on",
        ROW_NUMBER() OVER (
          PARTITION BY "t11"."case_id"
          ORDER BY "t11"."sequence" DESC, "t11"."step" DESC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) - 1 AS "nth_"
      FROM (
        SELECT
          *
        FROM "case_step" AS "t4"
        WHERE
          "t4"."step" IN ('closed', 'halted', 'reopened')
      ) AS "t11"
    ) AS "t20"
    WHERE
      "t20"."nth_" = 0 AND "t20"."step" <> 'reopened'
  ) AS "t24"
    ON "t6"."case_id" = "t24"."case_id"
  LEFT OUTER JOIN (
    SELECT
      "t17"."case_id",
      "t17"."previous_case_id",
      "t17"."months" AS "again_within_months",
      "t17"."same_reason" AS "again_for_same_reason",
      "t17"."occurred_on" AS "again_on"
    FROM (
      SELECT
        "t5"."case_id",
        "t5"."previous_case_id",
        "t5"."sequence",
        "t5"."months",
        "t5"."occurred_on",
        "t5"."same_reason",
        "t5"."recorded_on",
        ROW_NUMBER() OVER (
          PARTITION BY "t5"."case_id"
          ORDER BY "t5"."sequence" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) - 1 AS "nth_"
      FROM "referred_again" AS "t5"
    ) AS "t17"
    WHERE
      "t17"."nth_" = 0
  ) AS "t22"
    ON "t6"."case_id" = "t22"."case_id"
) AS "t25";

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
  "t10"."case_id",
  "t10"."submission_id",
  "t10"."area",
  "t10"."agency",
  "t10"."source",
  "t10"."practitioner_id",
  "t10"."decision",
  "t10"."screened_on",
  "t10"."in_force"
FROM (
  SELECT
    "t8"."case_id",
    "t8"."submission_id",
    "t8"."supersedes",
    "t8"."agency",
    "t8"."area",
    "t8"."source",
    "t8"."level_of_need",
    "t8"."relationship",
    "t8"."decision",
    "t8"."practitioner_id",
    "t8"."submitted_on",
    "t8"."submitted_at",
    "t8"."decided_at",
    "t8"."revision",
    "t8"."stands",
    "t8"."recorded_on",
    COALESCE("t8"."in_force", FALSE) AS "in_force",
    "t8"."submitted_on" AS "screened_on"
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
) AS "t10"
SEMI JOIN "in_force" AS "t3"
  ON "t10"."case_id" = "t3"."case_id";

CREATE TABLE "star_parent" AS
WITH "t33" AS (
  SELECT
    "t27"."case_id",
    "t27"."person_id",
    MIN("t27"."agreed_on") AS "referred_on"
  FROM (
    SELECT
      "t20"."case_id",
      "t20"."person_id",
      "t20"."referral_id",
      "t22"."agreed_on"
    FROM (
      SELECT
        "t6"."case_id",
        "t6"."person_id",
        "t6"."referral_id"
      FROM "referred_parent" AS "t6"
    ) AS "t20"
    INNER JOIN (
      SELECT
        "t8"."case_id",
        "t8"."referral_id",
        "t8"."agreed_on"
      FROM "referral" AS "t8"
    ) AS "t22"
      ON "t20"."case_id" = "t22"."case_id" AND "t20"."referral_id" = "t22"."referral_id"
  ) AS "t27"
  GROUP BY
    1,
    2
)
SELECT
  "t51"."case_id",
  "t51"."person_id",
  "t51"."is_father",
  "t51"."screened",
  "t51"."agrees",
  "t51"."sex",
  "t51"."ethnicity",
  "t51"."first_language",
  "t51"."disability",
  "t51"."employment",
  "t51"."referred",
  "t51"."referred_on",
  "t51"."started_on",
  "t51"."started_service",
  "t51"."started_provider",
  "t51"."completed_on",
  "t51"."asked_6_months_on",
  "t51"."asked_12_months_on",
  "t51"."answered_6_months_on",
  "t51"."answered_12_months_on",
  "t51"."change"
FROM (
  SELECT
    "t49"."case_id",
    "t49"."person_id",
    COALESCE("t49"."is_father", FALSE) AS "is_father",
    "t49"."agrees",
    "t49"."sex",
    "t49"."ethnicity",
    "t49"."first_language",
    "t49"."disability",
    "t49"."employment",
    COALESCE("t49"."screened", FALSE) AS "screened",
    "t49"."referred_on",
    "t49"."started_on",
    "t49"."started_service",
    "t49"."started_provider",
    CASE WHEN "t49"."started_on" IS NOT NULL THEN "t49"."completed_on" ELSE NULL END AS "completed_on",
    "t49"."asked_6_months_on",
    "t49"."asked_12_months_on",
    "t49"."answered_6_months_on",
    "t49"."answered_12_months_on",
    "t49"."change",
    "t49"."referred_on" IS NOT NULL AS "referred"
  FROM (
    SELECT
      "t43"."case_id",
      "t43"."person_id",
      "t10"."is_father",
      "t17"."agrees",
      "t17"."sex",
      "t17"."ethnicity",
      "t17"."first_language",
      "t17"."disability",
      "t17"."employment",
      "t17"."screened",
      "t36"."referred_on",
      "t45"."started_on",
      "t45"."started_service",
      "t45"."started_provider",
      "t26"."completed_on",
      "t44"."asked_6_months_on",
      "t44"."asked_12_months_on",
      "t48"."answered_6_months_on",
      "t48"."answered_12_months_on",
      "t31"."change"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t2"."case_id",
          "t2"."person_id"
        FROM "in_force_parent" AS "t2"
      ) AS "t12"
      UNION
      SELECT
        *
      FROM (
        SELECT
          "t35"."case_id",
          "t35"."person_id"
        FROM "t33" AS "t35"
      ) AS "t39"
    ) AS "t43"
    LEFT OUTER JOIN "parent_of_case" AS "t10"
      ON "t43"."case_id" = "t10"."case_id" AND "t43"."person_id" = "t10"."person_id"
    LEFT OUTER JOIN (
      SELECT
        "t2"."case_id",
        "t2"."person_id",
        "t2"."agrees",
        "t2"."sex",
        "t2"."ethnicity",
        "t2"."first_language",
        "t2"."disability",
        "t2"."employment",
        TRUE AS "screened"
      FROM "in_force_parent" AS "t2"
    ) AS "t17"
      ON "t43"."case_id" = "t17"."case_id" AND "t43"."person_id" = "t17"."person_id"
    LEFT OUTER JOIN "t33" AS "t36"
      ON "t43"."case_id" = "t36"."case_id" AND "t43"."person_id" = "t36"."person_id"
    LEFT OUTER JOIN (
      SELECT
        "t38"."case_id",
        "t38"."person_id",
        "t38"."started_on",
        "t38"."started_service",
        "t38"."started_provider"
      FROM (
        SELECT
          "t32"."case_id",
          "t32"."person_id",
          "t32"."referral_id",
          "t32"."started_on",
          "t21"."started_service",
          "t21"."started_provider"
        FROM (
          SELECT
            "t24"."case_id",
            "t24"."person_id",
            "t24"."referral_id",
            "t24"."held_on" AS "started_on"
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
        ) AS "t32"
        LEFT OUTER JOIN (
          SELECT
            "t8"."case_id",
            "t8"."referral_id",
            "t8"."service" AS "started_service",
            "t8"."provider" AS "started_provider"
          FROM "referral" AS "t8"
        ) AS "t21"
          ON "t32"."case_id" = "t21"."case_id" AND "t32"."referral_id" = "t21"."referral_id"
      ) AS "t38"
    ) AS "t45"
      ON "t43"."case_id" = "t45"."case_id" AND "t43"."person_id" = "t45"."person_id"
    LEFT OUTER JOIN (
      SELECT
        "t18"."case_id",
        MAX("t18"."occurred_on") AS "completed_on"
      FROM (
        SELECT
          *
        FROM "case_step" AS "t3"
        WHERE
          "t3"."step" = 'closed' AND "t3"."outcome" = 'completed'
      ) AS "t18"
      GROUP BY
        1
    ) AS "t26"
      ON "t43"."case_id" = "t26"."case_id"
    LEFT OUTER JOIN (
      SELECT
        "t34"."case_id",
        "t34"."person_id",
        MIN("t34"."occurred_on") FILTER(WHERE
          "t34"."outcome" = 'follow-up-6-months') AS "asked_6_months_on",
        MIN("t34"."occurred_on") FILTER(WHERE
          "t34"."outcome" = 'follow-up-12-months') AS "asked_12_months_on"
      FROM (
        SELECT
          "t28"."case_id",
          "t28"."step",
          "t28"."referral_id",
          "t28"."outcome",
          "t28"."person_id",
          "t28"."sequence",
          "t28"."occurred_on",
          "t28"."recorded_on"
        FROM (
          SELECT
            "t19"."case_id",
            "t19"."step",
            "t19"."referral_id",
            "t19"."outcome",
            "t19"."person_id",
            "t19"."sequence",
            "t19"."occurred_on",
            "t19"."recorded_on",
            ROW_NUMBER() OVER (
              PARTITION BY "t19"."case_id", "t19"."person_id", "t19"."outcome"
              ORDER BY "t19"."sequence" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) - 1 AS "nth_"
          FROM (
            SELECT
              *
            FROM "case_step" AS "t3"
            WHERE
              "t3"."step" = 'asked' AND "t3"."person_id" IS NOT NULL
          ) AS "t19"
        ) AS "t28"
        WHERE
          "t28"."nth_" = 0
      ) AS "t34"
      GROUP BY
        1,
        2
    ) AS "t44"
      ON "t43"."case_id" = "t44"."case_id" AND "t43"."person_id" = "t44"."person_id"
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
          "t11"."case_id",
          "t11"."person_id",
          "t11"."instrument",
          "t11"."version",
          "t11"."occasion",
          "t11"."told_by",
          "t11"."sequence",
          "t11"."taken_at",
          "t11"."taken_on",
          "t11"."score",
          "t11"."recorded_on"
        FROM "current_score" AS "t11"
        SEMI JOIN "t33" AS "t37"
          ON "t11"."case_id" = "t37"."case_id" AND "t11"."person_id" = "t37"."person_id"
      ) AS "t46"
      GROUP BY
        1,
        2
    ) AS "t48"
      ON "t43"."case_id" = "t48"."case_id" AND "t43"."person_id" = "t48"."person_id"
    LEFT OUTER JOIN (
      SELECT
        "t23"."case_id",
        "t23"."person_id",
        "t23"."change"
      FROM (
        SELECT
          "t4"."case_id",
          "t4"."person_id",
          "t4"."change",
          "t4"."sequence",
          "t4"."recorded_on",
          ROW_NUMBER() OVER (
            PARTITION BY "t4"."case_id", "t4"."person_id"
            ORDER BY "t4"."sequence" DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) - 1 AS "nth_"
        FROM "view_given" AS "t4"
      ) AS "t23"
      WHERE
        "t23"."nth_" = 0
    ) AS "t31"
      ON "t43"."case_id" = "t31"."case_id" AND "t43"."person_id" = "t31"."person_id"
  ) AS "t49"
) AS "t51"
SEMI JOIN "in_force" AS "t9"
  ON "t51"."case_id" = "t9"."case_id";

CREATE TABLE "star_child" AS
SELECT
  "t3"."case_id",
  "t3"."person_id",
  "t3"."takes_part",
  "t3"."views_source",
  "t7"."change"
FROM "in_force_child" AS "t3"
LEFT OUTER JOIN (
  SELECT
    "t5"."case_id",
    "t5"."person_id",
    "t5"."change"
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
) AS "t7"
  ON "t3"."case_id" = "t7"."case_id" AND "t3"."person_id" = "t7"."person_id"
SEMI JOIN "in_force" AS "t4"
  ON "t3"."case_id" = "t4"."case_id";

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
  "t9"."case_id",
  "t9"."referral_id",
  "t9"."number",
  "t9"."held_on",
  "t9"."kind",
  "t9"."parents",
  "t9"."fathers",
  "t9"."children"
FROM (
  SELECT
    "t7"."case_id",
    "t7"."referral_id",
    "t7"."kind",
    "t7"."sequence",
    "t7"."number",
    "t7"."held_on",
    "t7"."taken_back",
    "t7"."recorded_on",
    COALESCE("t7"."parents", 0) AS "parents",
    COALESCE("t7"."fathers", 0) AS "fathers",
    COALESCE("t7"."children", 0) AS "children"
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
) AS "t9"
SEMI JOIN "in_force" AS "t3"
  ON "t9"."case_id" = "t3"."case_id";

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
  "t13"."case_id",
  "t13"."person_id",
  "t13"."is_parent",
  "t13"."is_father",
  "t13"."instrument",
  "t13"."version",
  "t13"."occasion",
  "t13"."taken_on",
  "t13"."score",
  "t13"."baseline",
  "t13"."verdict"
FROM (
  SELECT
    "t11"."case_id",
    "t11"."person_id",
    "t11"."instrument",
    "t11"."version",
    "t11"."occasion",
    "t11"."told_by",
    "t11"."sequence",
    "t11"."taken_at",
    "t11"."taken_on",
    "t11"."score",
    "t11"."recorded_on",
    "t11"."baseline",
    "t11"."is_father",
    "t11"."lower_is_better",
    "t11"."points",
    "t11"."cut_off",
    "t11"."is_parent",
    CASE
      WHEN (
        "t11"."baseline" IS NULL
      ) OR (
        "t11"."points" IS NULL
      )
      THEN CAST(NULL AS TEXT)
      WHEN ABS(
        CASE
          WHEN "t11"."lower_is_better"
          THEN "t11"."baseline" - "t11"."score"
          ELSE "t11"."score" - "t11"."baseline"
        END
      ) < "t11"."points"
      THEN 'unchanged'
      WHEN CASE
        WHEN "t11"."lower_is_better"
        THEN "t11"."baseline" - "t11"."score"
        ELSE "t11"."score" - "t11"."baseline"
      END < 0
      THEN 'deteriorated'
      WHEN COALESCE(
        CASE
          WHEN "t11"."lower_is_better"
          THEN (
            "t11"."baseline" >= "t11"."cut_off"
          )
          AND (
            "t11"."score" < "t11"."cut_off"
          )
          ELSE (
            "t11"."baseline" < "t11"."cut_off"
          )
          AND (
            "t11"."score" >= "t11"."cut_off"
          )
        END,
        FALSE
      )
      THEN 'recovered'
      ELSE 'improved'
    END AS "verdict"
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
      "t10"."recorded_on",
      CASE WHEN "t10"."occasion" <> 'baseline' THEN "t10"."baseline" ELSE NULL END AS "baseline",
      COALESCE("t10"."is_father", FALSE) AS "is_father",
      "t10"."lower_is_better",
      "t10"."points",
      "t10"."cut_off",
      "t10"."is_father" IS NOT NULL AS "is_parent"
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
        "t9"."baseline",
        "t6"."is_father",
        "t7"."lower_is_better",
        "t7"."points",
        "t7"."cut_off"
      FROM "current_score" AS "t5"
      LEFT OUTER JOIN (
        SELECT
          "t1"."case_id",
          "t1"."person_id",
          "t1"."instrument",
          "t1"."version",
          "t1"."score" AS "baseline"
        FROM "current_score" AS "t1"
        WHERE
          "t1"."occasion" = 'baseline'
      ) AS "t9"
        ON "t5"."case_id" = "t9"."case_id"
        AND "t5"."person_id" = "t9"."person_id"
        AND "t5"."instrument" = "t9"."instrument"
        AND "t5"."version" = "t9"."version"
      LEFT OUTER JOIN "parent_of_case" AS "t6"
        ON "t5"."case_id" = "t6"."case_id" AND "t5"."person_id" = "t6"."person_id"
      LEFT OUTER JOIN "norm" AS "t7"
        ON "t5"."instrument" = "t7"."instrument" AND "t5"."version" = "t7"."version"
    ) AS "t10"
  ) AS "t11"
) AS "t13"
SEMI JOIN "in_force" AS "t4"
  ON "t13"."case_id" = "t4"."case_id";

CREATE TABLE "current_training" AS
SELECT
  "t1"."training_id",
  "t1"."practitioner_id",
  "t1"."profession",
  "t1"."position",
  "t1"."completed_on",
  "t1"."recorded_on"
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
  "t1"."nth_" = 0 AND "t1"."completed_on" IS NOT NULL;

CREATE TABLE "star_training" AS
SELECT
  "t6"."training_id",
  "t6"."practitioner_id",
  "t6"."profession",
  "t6"."completed_on",
  "t6"."used"
FROM (
  SELECT
    "t2"."training_id",
    "t2"."practitioner_id",
    "t2"."profession",
    "t2"."position",
    "t2"."completed_on",
    "t2"."recorded_on",
    "t5"."used"
  FROM "current_training" AS "t2"
  LEFT OUTER JOIN (
    SELECT
      "t3"."training_id",
      "t3"."used"
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
  ) AS "t5"
    ON "t2"."training_id" = "t5"."training_id"
) AS "t6";

CREATE TABLE "star_training_area" AS
SELECT
  "t2"."training_id",
  "t2"."area"
FROM "training_said_area" AS "t2"
SEMI JOIN "current_training" AS "t3"
  ON "t2"."training_id" = "t3"."training_id" AND "t2"."position" = "t3"."position";

CREATE TABLE "star_training_module" AS
SELECT
  "t14"."training_id",
  "t14"."module",
  "t14"."before",
  "t14"."after",
  "t14"."later"
FROM (
  SELECT
    "t3"."training_id",
    "t3"."module",
    "t3"."position",
    "t3"."recorded_on",
    "t13"."before",
    "t13"."after",
    "t13"."later"
  FROM "training_said_module" AS "t3"
  SEMI JOIN "current_training" AS "t4"
    ON "t3"."training_id" = "t4"."training_id" AND "t3"."position" = "t4"."position"
  LEFT OUTER JOIN (
    SELECT
      "t11"."training_id",
      "t11"."module",
      MAX("t11"."score") FILTER(WHERE
        "t11"."occasion" = 'before') AS "before",
      MAX("t11"."score") FILTER(WHERE
        "t11"."occasion" = 'after') AS "after",
      MAX("t11"."score") FILTER(WHERE
        "t11"."occasion" = 'follow-up') AS "later"
    FROM (
      SELECT
        "t9"."training_id",
        "t9"."module",
        "t9"."occasion",
        "t9"."instrument",
        "t9"."version",
        "t9"."position",
        "t9"."score",
        "t9"."recorded_on"
      FROM (
        SELECT
          "t5"."training_id",
          "t5"."module",
          "t5"."occasion",
          "t5"."instrument",
          "t5"."version",
          "t5"."position",
          "t5"."score",
          "t5"."recorded_on"
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
      ) AS "t9"
      SEMI JOIN (
        SELECT
          "t6"."training_id",
          "t6"."module",
          "t6"."instrument",
          "t6"."version"
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
      ) AS "t10"
        ON "t9"."training_id" = "t10"."training_id"
        AND "t9"."module" = "t10"."module"
        AND "t9"."instrument" = "t10"."instrument"
        AND "t9"."version" = "t10"."version"
    ) AS "t11"
    GROUP BY
      1,
      2
  ) AS "t13"
    ON "t3"."training_id" = "t13"."training_id" AND "t3"."module" = "t13"."module"
) AS "t14";

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
  "t0"."as_of",
  "t0"."pence_low",
  "t0"."pence_high",
  "t0"."avoided_per",
  "t0"."avoided_low",
  "t0"."avoided_central",
  "t0"."avoided_high",
  "t0"."avoided_source"
FROM "avoidable_cost" AS "t0";

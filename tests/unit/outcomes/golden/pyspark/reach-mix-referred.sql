-- Of which groups are the parents who are referred?
WITH `t6` AS (
  SELECT
    `t3`.`case_id`,
    `t3`.`person_id`,
    `t3`.`is_father`,
    `t3`.`screened`,
    `t3`.`agrees`,
    `t3`.`sex`,
    `t3`.`ethnicity`,
    `t3`.`first_language`,
    `t3`.`disability`,
    `t3`.`employment`,
    `t3`.`referred`,
    `t3`.`referred_on`,
    `t3`.`started_on`,
    `t3`.`started_service`,
    `t3`.`started_provider`,
    `t3`.`completed_on`,
    `t3`.`asked_6_months_on`,
    `t3`.`asked_12_months_on`,
    `t3`.`answered_6_months_on`,
    `t3`.`answered_12_months_on`,
    `t3`.`change`,
    `t3`.`father`,
    `t3`.`cluster`,
    `t5`.`area`,
    `t5`.`agency`,
    `t5`.`source`,
    `t5`.`provider`,
    `t5`.`service`,
    `t5`.`level_of_need`,
    `t5`.`relationship`,
    `t5`.`year`,
    `t5`.`quarter`,
    `t5`.`month`
  FROM (
    SELECT
      `t0`.`case_id`,
      `t0`.`person_id`,
      `t0`.`is_father`,
      `t0`.`screened`,
      `t0`.`agrees`,
      COALESCE(`t0`.`sex`, 'not-stated') AS `sex`,
      COALESCE(`t0`.`ethnicity`, 'not-stated') AS `ethnicity`,
      COALESCE(`t0`.`first_language`, 'not-stated') AS `first_language`,
      COALESCE(`t0`.`disability`, 'not-stated') AS `disability`,
      COALESCE(`t0`.`employment`, 'not-stated') AS `employment`,
      `t0`.`referred`,
      `t0`.`referred_on`,
      `t0`.`started_on`,
      `t0`.`started_service`,
      `t0`.`started_provider`,
      `t0`.`completed_on`,
      `t0`.`asked_6_months_on`,
      `t0`.`asked_12_months_on`,
      `t0`.`answered_6_months_on`,
      `t0`.`answered_12_months_on`,
      `t0`.`change`,
      IF(`t0`.`is_father`, 'fathers', 'others') AS `father`,
      `t0`.`case_id` AS `cluster`
    FROM `parent` AS `t0`
  ) AS `t3`
  INNER JOIN (
    SELECT
      `t1`.`case_id`,
      `t1`.`area`,
      `t1`.`agency`,
      `t1`.`source`,
      COALESCE(`t1`.`provider`, 'none') AS `provider`,
      COALESCE(`t1`.`service`, 'none') AS `service`,
      `t1`.`level_of_need`,
      `t1`.`relationship`,
      CAST(EXTRACT(year FROM `t1`.`screened_on`) AS STRING) AS `year`,
      CONCAT(
        CONCAT(CAST(EXTRACT(year FROM `t1`.`screened_on`) AS STRING), '-Q'),
        CAST(EXTRACT(quarter FROM `t1`.`screened_on`) AS STRING)
      ) AS `quarter`,
      CONCAT(
        CONCAT(CAST(EXTRACT(year FROM `t1`.`screened_on`) AS STRING), '-'),
        LPAD(
          CAST(EXTRACT(month FROM `t1`.`screened_on`) AS STRING),
          GREATEST(LENGTH(CAST(EXTRACT(month FROM `t1`.`screened_on`) AS STRING)), 2),
          '0'
        )
      ) AS `month`
    FROM `case` AS `t1`
  ) AS `t5`
    ON `t3`.`case_id` = `t5`.`case_id`
), `t17` AS (
  SELECT
    `t16`.`characteristic`,
    `t16`.`area`,
    `t16`.`cluster`,
    `t16`.`category`
  FROM (
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          `t7`.`area`,
          `t7`.`agency`,
          `t7`.`source`,
          `t7`.`provider`,
          `t7`.`service`,
          `t7`.`level_of_need`,
          `t7`.`relationship`,
          `t7`.`year`,
          `t7`.`quarter`,
          `t7`.`month`,
          `t7`.`father`,
          `t7`.`cluster`,
          'first_language' AS `characteristic`,
          COALESCE(`t7`.`first_language`, 'not-stated') AS `category`
        FROM `t6` AS `t7`
        WHERE
          `t7`.`screened` AND `t7`.`referred`
      ) AS `t8`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          `t7`.`area`,
          `t7`.`agency`,
          `t7`.`source`,
          `t7`.`provider`,
          `t7`.`service`,
          `t7`.`level_of_need`,
          `t7`.`relationship`,
          `t7`.`year`,
          `t7`.`quarter`,
          `t7`.`month`,
          `t7`.`father`,
          `t7`.`cluster`,
          'disability' AS `characteristic`,
          COALESCE(`t7`.`disability`, 'not-stated') AS `category`
        FROM `t6` AS `t7`
        WHERE
          `t7`.`screened` AND `t7`.`referred`
      ) AS `t9`
    ) AS `t13`
    UNION ALL
    SELECT
      *
    FROM (
      SELECT
        *
      FROM (
        SELECT
          `t7`.`area`,
          `t7`.`agency`,
          `t7`.`source`,
          `t7`.`provider`,
          `t7`.`service`,
          `t7`.`level_of_need`,
          `t7`.`relationship`,
          `t7`.`year`,
          `t7`.`quarter`,
          `t7`.`month`,
          `t7`.`father`,
          `t7`.`cluster`,
          'employment' AS `characteristic`,
          COALESCE(`t7`.`employment`, 'not-stated') AS `category`
        FROM `t6` AS `t7`
        WHERE
          `t7`.`screened` AND `t7`.`referred`
      ) AS `t10`
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            `t7`.`area`,
            `t7`.`agency`,
            `t7`.`source`,
            `t7`.`provider`,
            `t7`.`service`,
            `t7`.`level_of_need`,
            `t7`.`relationship`,
            `t7`.`year`,
            `t7`.`quarter`,
            `t7`.`month`,
            `t7`.`father`,
            `t7`.`cluster`,
            'sex' AS `characteristic`,
            COALESCE(`t7`.`sex`, 'not-stated') AS `category`
          FROM `t6` AS `t7`
          WHERE
            `t7`.`screened` AND `t7`.`referred`
        ) AS `t11`
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            `t7`.`area`,
            `t7`.`agency`,
            `t7`.`source`,
            `t7`.`provider`,
            `t7`.`service`,
            `t7`.`level_of_need`,
            `t7`.`relationship`,
            `t7`.`year`,
            `t7`.`quarter`,
            `t7`.`month`,
            `t7`.`father`,
            `t7`.`cluster`,
            'ethnicity' AS `characteristic`,
            COALESCE(`t7`.`ethnicity`, 'not-stated') AS `category`
          FROM `t6` AS `t7`
          WHERE
            `t7`.`screened` AND `t7`.`referred`
        ) AS `t12`
      ) AS `t14`
    ) AS `t15`
  ) AS `t16`
  WHERE
    TRUE
)
SELECT
  `t20`.`characteristic`,
  `t20`.`area`,
  `t20`.`category`,
  `t22`.`counted` AS `units`,
  `t22`.`counted`,
  `t22`.`clusters`,
  `t20`.`met`,
  `t20`.`met` / NULLIF(`t22`.`counted`, 0) AS `share`
FROM (
  SELECT
    `t18`.`characteristic`,
    `t18`.`area`,
    `t18`.`category`,
    COUNT(*) AS `met`
  FROM `t17` AS `t18`
  GROUP BY
    1,
    2,
    3
) AS `t20`
INNER JOIN (
  SELECT
    `t18`.`characteristic`,
    `t18`.`area`,
    COUNT(*) AS `counted`,
    COUNT(DISTINCT `t18`.`cluster`) AS `clusters`
  FROM `t17` AS `t18`
  GROUP BY
    1,
    2
) AS `t22`
  ON `t20`.`characteristic` = `t22`.`characteristic` AND `t20`.`area` = `t22`.`area`

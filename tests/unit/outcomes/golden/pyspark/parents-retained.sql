-- How many of the parents whose support has ended stayed to its end?
SELECT
  `t10`.`area`,
  COALESCE(SUM(`t10`.`units`), 0) AS `units`,
  COALESCE(SUM(`t10`.`counted`), 0) AS `counted`,
  SUM(CAST(`t10`.`counted` > 0 AS BIGINT)) AS `clusters`,
  COALESCE(SUM(CAST(`t10`.`value` AS DOUBLE) * CAST(`t10`.`value` AS DOUBLE)), 0.0) AS `vv`,
  COALESCE(SUM(CAST(`t10`.`value` AS DOUBLE) * CAST(`t10`.`per` AS DOUBLE)), 0.0) AS `vn`,
  COALESCE(SUM(CAST(`t10`.`per` AS DOUBLE) * CAST(`t10`.`per` AS DOUBLE)), 0.0) AS `nn`,
  COALESCE(SUM(`t10`.`value`), 0) AS `met`,
  COALESCE(SUM(`t10`.`value`), 0) / NULLIF(COALESCE(SUM(`t10`.`counted`), 0), 0) AS `share`
FROM (
  SELECT
    `t9`.`area`,
    `t9`.`cluster`,
    COUNT(*) AS `units`,
    SUM(CAST(`t9`.`counted` AS BIGINT)) AS `counted`,
    COALESCE(SUM(IF(`t9`.`counted`, `t9`.`value`, NULL)), 0) AS `value`,
    SUM(CAST(`t9`.`counted` AS BIGINT)) AS `per`
  FROM (
    SELECT
      `t8`.`area`,
      `t8`.`cluster`,
      COALESCE((
        `t8`.`ended_on` IS NOT NULL
      ) OR (
        `t8`.`completed_on` IS NOT NULL
      ), FALSE) AS `counted`,
      CAST(COALESCE(`t8`.`completed_on` IS NOT NULL, FALSE) AS BIGINT) AS `value`,
      1 AS `per`
    FROM (
      SELECT
        `t5`.`case_id`,
        `t5`.`person_id`,
        `t5`.`is_father`,
        `t5`.`screened`,
        `t5`.`agrees`,
        `t5`.`sex`,
        `t5`.`ethnicity`,
        `t5`.`first_language`,
        `t5`.`disability`,
        `t5`.`employment`,
        `t5`.`referred`,
        `t5`.`referred_on`,
        `t5`.`started_on`,
        `t5`.`started_service`,
        `t5`.`started_provider`,
        `t5`.`completed_on`,
        `t5`.`asked_6_months_on`,
        `t5`.`asked_12_months_on`,
        `t5`.`answered_6_months_on`,
        `t5`.`answered_12_months_on`,
        `t5`.`change`,
        `t5`.`father`,
        `t5`.`cluster`,
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
        `t4`.`ended_on`
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
      ) AS `t5`
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
      ) AS `t7`
        ON `t5`.`case_id` = `t7`.`case_id`
      INNER JOIN (
        SELECT
          `t1`.`case_id`,
          `t1`.`ended_on`
        FROM `case` AS `t1`
      ) AS `t4`
        ON `t5`.`case_id` = `t4`.`case_id`
    ) AS `t8`
    WHERE
      `t8`.`started_on` IS NOT NULL
  ) AS `t9`
  GROUP BY
    1,
    2
) AS `t10`
GROUP BY
  1

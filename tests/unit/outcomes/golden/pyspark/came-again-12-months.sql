-- How many families come again within 12 months?
SELECT
  `t9`.`area`,
  COALESCE(SUM(`t9`.`units`), 0) AS `units`,
  COALESCE(SUM(`t9`.`counted`), 0) AS `counted`,
  SUM(CAST(`t9`.`counted` > 0 AS BIGINT)) AS `clusters`,
  COALESCE(SUM(CAST(`t9`.`value` AS DOUBLE) * CAST(`t9`.`value` AS DOUBLE)), 0.0) AS `vv`,
  COALESCE(SUM(CAST(`t9`.`value` AS DOUBLE) * CAST(`t9`.`per` AS DOUBLE)), 0.0) AS `vn`,
  COALESCE(SUM(CAST(`t9`.`per` AS DOUBLE) * CAST(`t9`.`per` AS DOUBLE)), 0.0) AS `nn`,
  COALESCE(SUM(`t9`.`value`), 0) AS `met`,
  COALESCE(SUM(`t9`.`value`), 0) / NULLIF(COALESCE(SUM(`t9`.`counted`), 0), 0) AS `share`
FROM (
  SELECT
    `t8`.`area`,
    `t8`.`cluster`,
    COUNT(*) AS `units`,
    SUM(CAST(`t8`.`counted` AS BIGINT)) AS `counted`,
    COALESCE(SUM(IF(`t8`.`counted`, `t8`.`value`, NULL)), 0) AS `value`,
    SUM(CAST(`t8`.`counted` AS BIGINT)) AS `per`
  FROM (
    SELECT
      `t7`.`area`,
      `t7`.`cluster`,
      COALESCE((
        `t7`.`ended_on` + INTERVAL '12' MONTH
      ) <= MAKE_DATE(2026, 8, 31), FALSE) AS `counted`,
      CAST(COALESCE(`t7`.`within` <= 12, FALSE) AS BIGINT) AS `value`,
      1 AS `per`
    FROM (
      SELECT
        `t3`.`area`,
        `t3`.`agency`,
        `t3`.`source`,
        `t3`.`provider`,
        `t3`.`service`,
        `t3`.`level_of_need`,
        `t3`.`relationship`,
        `t3`.`year`,
        `t3`.`quarter`,
        `t3`.`month`,
        `t3`.`case_id`,
        `t3`.`ended_on`,
        IF(`t3`.`completed_on` IS NOT NULL, 'completed', 'stopped-earlier') AS `completed`,
        `t3`.`case_id` AS `cluster`,
        `t6`.`within`,
        `t6`.`same`
      FROM (
        SELECT
          `t0`.`case_id`,
          `t0`.`area`,
          `t0`.`agency`,
          `t0`.`source`,
          `t0`.`practitioner_id`,
          `t0`.`level_of_need`,
          `t0`.`relationship`,
          `t0`.`decision`,
          `t0`.`screened_on`,
          `t0`.`parents`,
          `t0`.`fathers`,
          `t0`.`children`,
          `t0`.`referrals`,
          COALESCE(`t0`.`service`, 'none') AS `service`,
          COALESCE(`t0`.`provider`, 'none') AS `provider`,
          `t0`.`first_agreed_on`,
          `t0`.`first_submitted_on`,
          `t0`.`started_on`,
          `t0`.`completed_on`,
          `t0`.`ended_on`,
          `t0`.`ending`,
          `t0`.`previous_case_id`,
          `t0`.`again_within_months`,
          `t0`.`again_for_same_reason`,
          `t0`.`again_on`,
          CAST(EXTRACT(year FROM `t0`.`screened_on`) AS STRING) AS `year`,
          CONCAT(
            CONCAT(CAST(EXTRACT(year FROM `t0`.`screened_on`) AS STRING), '-Q'),
            CAST(EXTRACT(quarter FROM `t0`.`screened_on`) AS STRING)
          ) AS `quarter`,
          CONCAT(
            CONCAT(CAST(EXTRACT(year FROM `t0`.`screened_on`) AS STRING), '-'),
            LPAD(
              CAST(EXTRACT(month FROM `t0`.`screened_on`) AS STRING),
              GREATEST(LENGTH(CAST(EXTRACT(month FROM `t0`.`screened_on`) AS STRING)), 2),
              '0'
            )
          ) AS `month`
        FROM `case` AS `t0`
        WHERE
          `t0`.`started_on` IS NOT NULL
          AND `t0`.`ended_on` IS NOT NULL
          AND `t0`.`ending` <> 'halted-for-safety'
      ) AS `t3`
      LEFT OUTER JOIN (
        SELECT
          `t4`.`previous_case_id` AS `previous`,
          `t4`.`again_within_months` AS `within`,
          `t4`.`again_for_same_reason` AS `same`
        FROM (
          SELECT
            `t1`.`case_id`,
            `t1`.`area`,
            `t1`.`agency`,
            `t1`.`source`,
            `t1`.`practitioner_id`,
            `t1`.`level_of_need`,
            `t1`.`relationship`,
            `t1`.`decision`,
            `t1`.`screened_on`,
            `t1`.`parents`,
            `t1`.`fathers`,
            `t1`.`children`,
            `t1`.`referrals`,
            `t1`.`service`,
            `t1`.`provider`,
            `t1`.`first_agreed_on`,
            `t1`.`first_submitted_on`,
            `t1`.`started_on`,
            `t1`.`completed_on`,
            `t1`.`ended_on`,
            `t1`.`ending`,
            `t1`.`previous_case_id`,
            `t1`.`again_within_months`,
            `t1`.`again_for_same_reason`,
            `t1`.`again_on`,
            ROW_NUMBER() OVER (
              PARTITION BY `t1`.`previous_case_id`
              ORDER BY `t1`.`again_within_months` ASC NULLS LAST, `t1`.`again_on` ASC NULLS LAST, `t1`.`case_id` ASC NULLS LAST
            ) - 1 AS `nth`
          FROM (
            SELECT
              *
            FROM `case` AS `t0`
            WHERE
              `t0`.`previous_case_id` IS NOT NULL
          ) AS `t1`
        ) AS `t4`
        WHERE
          `t4`.`nth` = 0
      ) AS `t6`
        ON `t3`.`case_id` = `t6`.`previous`
    ) AS `t7`
  ) AS `t8`
  GROUP BY
    1,
    2
) AS `t9`
GROUP BY
  1

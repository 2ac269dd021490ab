-- How many of those who are expected at a session come?
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
      TRUE AS `counted`,
      CAST(COALESCE(`t8`.`attended` <> 'no', FALSE) AS BIGINT) AS `value`,
      1 AS `per`
    FROM (
      SELECT
        `t3`.`case_id`,
        `t3`.`case_id` AS `cluster`,
        `t3`.`attended`,
        IF(`t3`.`is_parent`, 'parents', 'children') AS `who`,
        IF(`t3`.`is_father`, 'fathers', 'others') AS `father`,
        `t5`.`provider`,
        `t5`.`service`,
        `t7`.`area`,
        `t7`.`agency`,
        `t7`.`source`,
        `t7`.`level_of_need`,
        `t7`.`relationship`,
        `t7`.`year`,
        `t7`.`quarter`,
        `t7`.`month`
      FROM `attendance` AS `t3`
      INNER JOIN (
        SELECT
          `t1`.`case_id`,
          `t1`.`referral_id`,
          `t1`.`provider`,
          `t1`.`service`
        FROM `referral` AS `t1`
      ) AS `t5`
        ON `t3`.`case_id` = `t5`.`case_id` AND `t3`.`referral_id` = `t5`.`referral_id`
      INNER JOIN (
        SELECT
          `t2`.`case_id`,
          `t2`.`area`,
          `t2`.`agency`,
          `t2`.`source`,
          `t2`.`level_of_need`,
          `t2`.`relationship`,
          CAST(EXTRACT(year FROM `t2`.`screened_on`) AS STRING) AS `year`,
          CONCAT(
            CONCAT(CAST(EXTRACT(year FROM `t2`.`screened_on`) AS STRING), '-Q'),
            CAST(EXTRACT(quarter FROM `t2`.`screened_on`) AS STRING)
          ) AS `quarter`,
          CONCAT(
            CONCAT(CAST(EXTRACT(year FROM `t2`.`screened_on`) AS STRING), '-'),
            LPAD(
              CAST(EXTRACT(month FROM `t2`.`screened_on`) AS STRING),
              GREATEST(LENGTH(CAST(EXTRACT(month FROM `t2`.`screened_on`) AS STRING)), 2),
              '0'
            )
          ) AS `month`
        FROM `case` AS `t2`
      ) AS `t7`
        ON `t3`.`case_id` = `t7`.`case_id`
    ) AS `t8`
  ) AS `t9`
  GROUP BY
    1,
    2
) AS `t10`
GROUP BY
  1

-- How many of those who are expected at a session come?
SELECT
  `t10`.`area`,
  COUNT(*) AS `units`,
  COALESCE(SUM(CAST(`t10`.`counted` AS BIGINT)), 0) AS `counted`,
  COUNT(DISTINCT IF(`t10`.`counted`, `t10`.`cluster`, NULL)) AS `clusters`,
  COALESCE(SUM(CAST(`t10`.`known_value` AS DOUBLE) * CAST(`t10`.`of_values` AS DOUBLE)), 0.0) AS `vv`,
  COALESCE(SUM(CAST(`t10`.`known_value` AS DOUBLE) * CAST(`t10`.`of_sizes` AS DOUBLE)), 0.0) AS `vn`,
  COALESCE(SUM(CAST(`t10`.`known_size` AS DOUBLE) * CAST(`t10`.`of_sizes` AS DOUBLE)), 0.0) AS `nn`,
  COALESCE(SUM(`t10`.`known_value`), 0) AS `met`,
  COALESCE(SUM(`t10`.`known_value`), 0) / NULLIF(COALESCE(SUM(CAST(`t10`.`counted` AS BIGINT)), 0), 0) AS `share`
FROM (
  SELECT
    `t9`.`area`,
    `t9`.`cluster`,
    `t9`.`counted`,
    `t9`.`value`,
    `t9`.`per`,
    `t9`.`known_value`,
    `t9`.`known_size`,
    SUM(`t9`.`known_value`) OVER (
      PARTITION BY `t9`.`area`, `t9`.`cluster`
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `of_values`,
    SUM(`t9`.`known_size`) OVER (
      PARTITION BY `t9`.`area`, `t9`.`cluster`
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `of_sizes`
  FROM (
    SELECT
      `t8`.`area`,
      `t8`.`cluster`,
      TRUE AS `counted`,
      CAST(COALESCE(`t8`.`attended` <> 'no', FALSE) AS BIGINT) AS `value`,
      1 AS `per`,
      IF(TRUE, CAST(COALESCE(`t8`.`attended` <> 'no', FALSE) AS BIGINT), 0) AS `known_value`,
      IF(TRUE, 1, 0) AS `known_size`
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
) AS `t10`
GROUP BY
  1

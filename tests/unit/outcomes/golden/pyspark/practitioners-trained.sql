-- How many practitioners were trained?
SELECT
  `t7`.`area`,
  COUNT(*) AS `units`,
  SUM(CAST(`t7`.`counted` AS BIGINT)) AS `counted`,
  COUNT(DISTINCT IF(`t7`.`counted`, `t7`.`cluster`, NULL)) AS `clusters`
FROM (
  SELECT
    `t6`.`training_id`,
    `t6`.`used`,
    `t6`.`cluster`,
    `t6`.`profession`,
    `t6`.`year`,
    `t6`.`quarter`,
    `t6`.`month`,
    `t6`.`counted`,
    `t6`.`value`,
    `t6`.`per`,
    `t6`.`area`
  FROM (
    SELECT
      `t5`.`training_id`,
      `t5`.`used`,
      `t5`.`cluster`,
      `t5`.`profession`,
      `t5`.`year`,
      `t5`.`quarter`,
      `t5`.`month`,
      `t5`.`counted`,
      `t5`.`value`,
      `t5`.`per`,
      `t3`.`trained_for`,
      `t3`.`area`
    FROM (
      SELECT
        `t0`.`training_id`,
        `t0`.`used`,
        `t0`.`practitioner_id` AS `cluster`,
        COALESCE(`t0`.`profession`, 'none') AS `profession`,
        CAST(EXTRACT(year FROM `t0`.`completed_on`) AS STRING) AS `year`,
        CONCAT(
          CONCAT(CAST(EXTRACT(year FROM `t0`.`completed_on`) AS STRING), '-Q'),
          CAST(EXTRACT(quarter FROM `t0`.`completed_on`) AS STRING)
        ) AS `quarter`,
        CONCAT(
          CONCAT(CAST(EXTRACT(year FROM `t0`.`completed_on`) AS STRING), '-'),
          LPAD(
            CAST(EXTRACT(month FROM `t0`.`completed_on`) AS STRING),
            GREATEST(LENGTH(CAST(EXTRACT(month FROM `t0`.`completed_on`) AS STRING)), 2),
            '0'
          )
        ) AS `month`,
        TRUE AS `counted`,
        CAST(COALESCE(TRUE, FALSE) AS BIGINT) AS `value`,
        1 AS `per`
      FROM `training` AS `t0`
    ) AS `t5`
    INNER JOIN (
      SELECT
        `t1`.`training_id` AS `trained_for`,
        `t1`.`area`
      FROM `training_area` AS `t1`
    ) AS `t3`
      ON `t5`.`training_id` = `t3`.`trained_for`
  ) AS `t6`
) AS `t7`
GROUP BY
  1

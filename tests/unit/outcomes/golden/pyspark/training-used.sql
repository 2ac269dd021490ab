-- How many used their training, six to twelve months later?
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
      `t7`.`counted`,
      `t7`.`value`,
      `t7`.`per`
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
            COALESCE(`t0`.`used` IS NOT NULL, FALSE) AS `counted`,
            CAST(COALESCE(`t0`.`used`, FALSE) AS BIGINT) AS `value`,
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
  ) AS `t8`
  GROUP BY
    1,
    2
) AS `t9`
GROUP BY
  1

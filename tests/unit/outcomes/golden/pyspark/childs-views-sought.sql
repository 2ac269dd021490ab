-- Of how many children are the views sought?
SELECT
  `t8`.`area`,
  COALESCE(SUM(`t8`.`units`), 0) AS `units`,
  COALESCE(SUM(`t8`.`counted`), 0) AS `counted`,
  SUM(CAST(`t8`.`counted` > 0 AS BIGINT)) AS `clusters`,
  COALESCE(SUM(CAST(`t8`.`value` AS DOUBLE) * CAST(`t8`.`value` AS DOUBLE)), 0.0) AS `vv`,
  COALESCE(SUM(CAST(`t8`.`value` AS DOUBLE) * CAST(`t8`.`per` AS DOUBLE)), 0.0) AS `vn`,
  COALESCE(SUM(CAST(`t8`.`per` AS DOUBLE) * CAST(`t8`.`per` AS DOUBLE)), 0.0) AS `nn`,
  COALESCE(SUM(`t8`.`value`), 0) AS `met`,
  COALESCE(SUM(`t8`.`value`), 0) / NULLIF(COALESCE(SUM(`t8`.`counted`), 0), 0) AS `share`
FROM (
  SELECT
    `t7`.`area`,
    `t7`.`cluster`,
    COUNT(*) AS `units`,
    SUM(CAST(`t7`.`counted` AS BIGINT)) AS `counted`,
    COALESCE(SUM(IF(`t7`.`counted`, `t7`.`value`, NULL)), 0) AS `value`,
    SUM(CAST(`t7`.`counted` AS BIGINT)) AS `per`
  FROM (
    SELECT
      `t6`.`area`,
      `t6`.`cluster`,
      TRUE AS `counted`,
      CAST(COALESCE(`t6`.`views_source` <> 'not-sought', FALSE) AS BIGINT) AS `value`,
      1 AS `per`
    FROM (
      SELECT
        `t3`.`case_id`,
        `t3`.`views_source`,
        `t3`.`change`,
        `t3`.`takes_part`,
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
          `t0`.`views_source`,
          `t0`.`change`,
          `t0`.`takes_part`,
          `t0`.`case_id` AS `cluster`
        FROM `child` AS `t0`
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
    ) AS `t6`
  ) AS `t7`
  GROUP BY
    1,
    2
) AS `t8`
GROUP BY
  1

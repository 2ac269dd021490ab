-- Of how many children are the views sought?
SELECT
  `t8`.`area`,
  COUNT(*) AS `units`,
  COALESCE(SUM(CAST(`t8`.`counted` AS BIGINT)), 0) AS `counted`,
  COUNT(DISTINCT IF(`t8`.`counted`, `t8`.`cluster`, NULL)) AS `clusters`,
  COALESCE(SUM(CAST(`t8`.`known_value` AS DOUBLE) * CAST(`t8`.`of_values` AS DOUBLE)), 0.0) AS `vv`,
  COALESCE(SUM(CAST(`t8`.`known_value` AS DOUBLE) * CAST(`t8`.`of_sizes` AS DOUBLE)), 0.0) AS `vn`,
  COALESCE(SUM(CAST(`t8`.`known_size` AS DOUBLE) * CAST(`t8`.`of_sizes` AS DOUBLE)), 0.0) AS `nn`,
  COALESCE(SUM(`t8`.`known_value`), 0) AS `met`,
  COALESCE(SUM(`t8`.`known_value`), 0) / NULLIF(COALESCE(SUM(CAST(`t8`.`counted` AS BIGINT)), 0), 0) AS `share`
FROM (
  SELECT
    `t7`.`area`,
    `t7`.`cluster`,
    `t7`.`counted`,
    `t7`.`value`,
    `t7`.`per`,
    `t7`.`known_value`,
    `t7`.`known_size`,
    SUM(`t7`.`known_value`) OVER (
      PARTITION BY `t7`.`area`, `t7`.`cluster`
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `of_values`,
    SUM(`t7`.`known_size`) OVER (
      PARTITION BY `t7`.`area`, `t7`.`cluster`
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `of_sizes`
  FROM (
    SELECT
      `t6`.`area`,
      `t6`.`cluster`,
      TRUE AS `counted`,
      CAST(COALESCE(`t6`.`views_source` <> 'not-sought', FALSE) AS BIGINT) AS `value`,
      1 AS `per`,
      IF(TRUE, CAST(COALESCE(`t6`.`views_source` <> 'not-sought', FALSE) AS BIGINT), 0) AS `known_value`,
      IF(TRUE, 1, 0) AS `known_size`
    FROM (
      SELECT
        `t3`.`case_id`,
        `t3`.`views_source`,
        `t3`.`change`,
        `t3`.`takes_part`,
        `t3`.`cluster`,
        `t3`.`unit`,
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
          `t0`.`case_id` AS `cluster`,
          CONCAT(CONCAT(`t0`.`case_id`, '/'), `t0`.`person_id`) AS `unit`
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
) AS `t8`
GROUP BY
  1

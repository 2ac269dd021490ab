-- How many screenings came to a referral, before and after training?
SELECT
  `t8`.`standing`,
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
    `t7`.`standing`,
    `t7`.`area`,
    `t7`.`cluster`,
    `t7`.`counted`,
    `t7`.`value`,
    `t7`.`per`,
    `t7`.`known_value`,
    `t7`.`known_size`,
    SUM(`t7`.`known_value`) OVER (
      PARTITION BY `t7`.`standing`, `t7`.`area`, `t7`.`cluster`
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `of_values`,
    SUM(`t7`.`known_size`) OVER (
      PARTITION BY `t7`.`standing`, `t7`.`area`, `t7`.`cluster`
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `of_sizes`
  FROM (
    SELECT
      `t6`.`standing`,
      `t6`.`area`,
      `t6`.`cluster`,
      TRUE AS `counted`,
      CAST(COALESCE(`t6`.`decision` = 'refer', FALSE) AS BIGINT) AS `value`,
      1 AS `per`,
      IF(TRUE, CAST(COALESCE(`t6`.`decision` = 'refer', FALSE) AS BIGINT), 0) AS `known_value`,
      IF(TRUE, 1, 0) AS `known_size`
    FROM (
      SELECT
        `t4`.`area`,
        `t4`.`agency`,
        `t4`.`source`,
        `t4`.`decision`,
        `t4`.`practitioner_id` AS `cluster`,
        CASE
          WHEN `t5`.`since` IS NULL
          THEN 'never-trained'
          WHEN `t4`.`screened_on` < `t5`.`since`
          THEN 'before-training'
          ELSE 'after-training'
        END AS `standing`,
        CAST(EXTRACT(year FROM `t4`.`screened_on`) AS STRING) AS `year`,
        CONCAT(
          CONCAT(CAST(EXTRACT(year FROM `t4`.`screened_on`) AS STRING), '-Q'),
          CAST(EXTRACT(quarter FROM `t4`.`screened_on`) AS STRING)
        ) AS `quarter`,
        CONCAT(
          CONCAT(CAST(EXTRACT(year FROM `t4`.`screened_on`) AS STRING), '-'),
          LPAD(
            CAST(EXTRACT(month FROM `t4`.`screened_on`) AS STRING),
            GREATEST(LENGTH(CAST(EXTRACT(month FROM `t4`.`screened_on`) AS STRING)), 2),
            '0'
          )
        ) AS `month`
      FROM (
        SELECT
          *
        FROM `screening` AS `t0`
        WHERE
          `t0`.`practitioner_id` IS NOT NULL
      ) AS `t4`
      LEFT OUTER JOIN (
        SELECT
          `t1`.`practitioner_id` AS `trained`,
          MIN(`t1`.`completed_on`) AS `since`
        FROM `training` AS `t1`
        GROUP BY
          1
      ) AS `t5`
        ON `t4`.`practitioner_id` = `t5`.`trained`
    ) AS `t6`
  ) AS `t7`
) AS `t8`
GROUP BY
  1,
  2

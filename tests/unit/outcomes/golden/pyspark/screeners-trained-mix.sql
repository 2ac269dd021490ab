-- How many of those who screen are trained?
WITH `t7` AS (
  SELECT
    `t6`.`area`,
    `t6`.`cluster`,
    IF(`t6`.`standing` = 'never-trained', 'not-trained', 'trained') AS `category`,
    `t6`.`cluster` AS `unit`
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
  WHERE
    TRUE
)
SELECT
  `t11`.`area`,
  `t11`.`category`,
  `t12`.`counted` AS `units`,
  `t12`.`counted`,
  `t12`.`clusters`,
  `t11`.`met`,
  `t11`.`met` / NULLIF(`t12`.`counted`, 0) AS `share`
FROM (
  SELECT
    `t8`.`area`,
    `t8`.`category`,
    COUNT(DISTINCT `t8`.`unit`) AS `met`
  FROM `t7` AS `t8`
  GROUP BY
    1,
    2
) AS `t11`
INNER JOIN (
  SELECT
    `t8`.`area`,
    COUNT(DISTINCT `t8`.`unit`) AS `counted`,
    COUNT(DISTINCT `t8`.`cluster`) AS `clusters`
  FROM `t7` AS `t8`
  GROUP BY
    1
) AS `t12`
  ON `t11`.`area` = `t12`.`area`

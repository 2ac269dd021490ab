-- How sure do practitioners feel six to twelve months later?
SELECT
  `t14`.`module`,
  `t14`.`area`,
  COUNT(*) AS `units`,
  COALESCE(SUM(CAST(`t14`.`counted` AS BIGINT)), 0) AS `counted`,
  COUNT(DISTINCT IF(`t14`.`counted`, `t14`.`cluster`, NULL)) AS `clusters`,
  COALESCE(SUM(`t14`.`known_value` * `t14`.`of_values`), 0.0) AS `vv`,
  COALESCE(SUM(`t14`.`known_value` * CAST(`t14`.`of_sizes` AS DOUBLE)), 0.0) AS `vn`,
  COALESCE(SUM(CAST(`t14`.`known_size` AS DOUBLE) * CAST(`t14`.`of_sizes` AS DOUBLE)), 0.0) AS `nn`,
  AVG(IF(`t14`.`counted`, `t14`.`value`, NULL)) AS `mean`,
  STDDEV_SAMP(IF(`t14`.`counted`, `t14`.`value`, NULL)) AS `sd`,
  PERCENTILE(IF(`t14`.`counted`, `t14`.`value`, NULL), 0.5) AS `median`,
  PERCENTILE(IF(`t14`.`counted`, `t14`.`value`, NULL), 0.9) AS `p90`,
  MIN(IF(`t14`.`counted`, `t14`.`value`, NULL)) AS `least`,
  MAX(IF(`t14`.`counted`, `t14`.`value`, NULL)) AS `most`
FROM (
  SELECT
    `t13`.`module`,
    `t13`.`area`,
    `t13`.`cluster`,
    `t13`.`counted`,
    `t13`.`value`,
    `t13`.`per`,
    `t13`.`known_value`,
    `t13`.`known_size`,
    SUM(`t13`.`known_value`) OVER (
      PARTITION BY `t13`.`module`, `t13`.`area`, `t13`.`cluster`
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `of_values`,
    SUM(`t13`.`known_size`) OVER (
      PARTITION BY `t13`.`module`, `t13`.`area`, `t13`.`cluster`
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `of_sizes`
  FROM (
    SELECT
      `t12`.`module`,
      `t12`.`area`,
      `t12`.`cluster`,
      `t12`.`counted`,
      `t12`.`value`,
      `t12`.`per`,
      IF(`t12`.`counted`, `t12`.`value`, 0.0) AS `known_value`,
      IF(`t12`.`counted`, `t12`.`per`, 0) AS `known_size`
    FROM (
      SELECT
        `t11`.`training_id`,
        `t11`.`used`,
        `t11`.`cluster`,
        `t11`.`profession`,
        `t11`.`year`,
        `t11`.`quarter`,
        `t11`.`month`,
        `t11`.`module`,
        `t11`.`before`,
        `t11`.`after`,
        `t11`.`later`,
        `t11`.`counted`,
        `t11`.`value`,
        `t11`.`per`,
        `t11`.`area`
      FROM (
        SELECT
          `t10`.`training_id`,
          `t10`.`used`,
          `t10`.`cluster`,
          `t10`.`profession`,
          `t10`.`year`,
          `t10`.`quarter`,
          `t10`.`month`,
          `t10`.`module`,
          `t10`.`before`,
          `t10`.`after`,
          `t10`.`later`,
          `t10`.`counted`,
          `t10`.`value`,
          `t10`.`per`,
          `t5`.`trained_for`,
          `t5`.`area`
        FROM (
          SELECT
            `t8`.`training_id`,
            `t8`.`used`,
            `t8`.`cluster`,
            `t8`.`profession`,
            `t8`.`year`,
            `t8`.`quarter`,
            `t8`.`month`,
            `t8`.`module`,
            `t8`.`before`,
            `t8`.`after`,
            `t8`.`later`,
            CAST(`t8`.`later` AS DOUBLE) IS NOT NULL
            AND NOT ISNAN(CAST(`t8`.`later` AS DOUBLE))
            AND COALESCE(`t8`.`later` IS NOT NULL, FALSE) AS `counted`,
            CAST(`t8`.`later` AS DOUBLE) AS `value`,
            1 AS `per`
          FROM (
            SELECT
              `t7`.`training_id`,
              `t7`.`used`,
              `t7`.`cluster`,
              `t7`.`profession`,
              `t7`.`year`,
              `t7`.`quarter`,
              `t7`.`month`,
              `t3`.`module`,
              `t3`.`before`,
              `t3`.`after`,
              `t3`.`later`
            FROM `training_module` AS `t3`
            INNER JOIN (
              SELECT
                `t2`.`training_id`,
                `t2`.`used`,
                `t2`.`practitioner_id` AS `cluster`,
                COALESCE(`t2`.`profession`, 'none') AS `profession`,
                CAST(EXTRACT(year FROM `t2`.`completed_on`) AS STRING) AS `year`,
                CONCAT(
                  CONCAT(CAST(EXTRACT(year FROM `t2`.`completed_on`) AS STRING), '-Q'),
                  CAST(EXTRACT(quarter FROM `t2`.`completed_on`) AS STRING)
                ) AS `quarter`,
                CONCAT(
                  CONCAT(CAST(EXTRACT(year FROM `t2`.`completed_on`) AS STRING), '-'),
                  LPAD(
                    CAST(EXTRACT(month FROM `t2`.`completed_on`) AS STRING),
                    GREATEST(LENGTH(CAST(EXTRACT(month FROM `t2`.`completed_on`) AS STRING)), 2),
                    '0'
                  )
                ) AS `month`
              FROM `training` AS `t2`
            ) AS `t7`
              ON `t3`.`training_id` = `t7`.`training_id`
          ) AS `t8`
        ) AS `t10`
        INNER JOIN (
          SELECT
            `t0`.`training_id` AS `trained_for`,
            `t0`.`area`
          FROM `training_area` AS `t0`
        ) AS `t5`
          ON `t10`.`training_id` = `t5`.`trained_for`
      ) AS `t11`
    ) AS `t12`
  ) AS `t13`
) AS `t14`
GROUP BY
  1,
  2

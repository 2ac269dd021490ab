-- How many used a module, six to twelve months later?
SELECT
  `t14`.`module`,
  `t14`.`area`,
  COALESCE(SUM(`t14`.`units`), 0) AS `units`,
  COALESCE(SUM(`t14`.`counted`), 0) AS `counted`,
  SUM(CAST(`t14`.`counted` > 0 AS BIGINT)) AS `clusters`,
  COALESCE(SUM(CAST(`t14`.`value` AS DOUBLE) * CAST(`t14`.`value` AS DOUBLE)), 0.0) AS `vv`,
  COALESCE(SUM(CAST(`t14`.`value` AS DOUBLE) * CAST(`t14`.`per` AS DOUBLE)), 0.0) AS `vn`,
  COALESCE(SUM(CAST(`t14`.`per` AS DOUBLE) * CAST(`t14`.`per` AS DOUBLE)), 0.0) AS `nn`,
  COALESCE(SUM(`t14`.`value`), 0) AS `met`,
  COALESCE(SUM(`t14`.`value`), 0) / NULLIF(COALESCE(SUM(`t14`.`counted`), 0), 0) AS `share`
FROM (
  SELECT
    `t13`.`module`,
    `t13`.`area`,
    `t13`.`cluster`,
    COUNT(*) AS `units`,
    SUM(CAST(`t13`.`counted` AS BIGINT)) AS `counted`,
    COALESCE(SUM(IF(`t13`.`counted`, `t13`.`value`, NULL)), 0) AS `value`,
    SUM(CAST(`t13`.`counted` AS BIGINT)) AS `per`
  FROM (
    SELECT
      `t12`.`module`,
      `t12`.`area`,
      `t12`.`cluster`,
      `t12`.`counted`,
      `t12`.`value`,
      `t12`.`per`
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
            COALESCE(`t8`.`used` IS NOT NULL, FALSE) AS `counted`,
            CAST(COALESCE(`t8`.`used`, FALSE) AS BIGINT) AS `value`,
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
  GROUP BY
    1,
    2,
    3
) AS `t14`
GROUP BY
  1,
  2

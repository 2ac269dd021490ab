-- How many screenings came to a referral, before and after training?
SELECT
  `t13`.`standing`,
  `t13`.`area`,
  COALESCE(SUM(`t13`.`units`), 0) AS `units`,
  COALESCE(SUM(`t13`.`counted`), 0) AS `counted`,
  SUM(CAST(`t13`.`counted` > 0 AS BIGINT)) AS `clusters`,
  COALESCE(SUM(CAST(`t13`.`value` AS DOUBLE) * CAST(`t13`.`value` AS DOUBLE)), 0.0) AS `vv`,
  COALESCE(SUM(CAST(`t13`.`value` AS DOUBLE) * CAST(`t13`.`per` AS DOUBLE)), 0.0) AS `vn`,
  COALESCE(SUM(CAST(`t13`.`per` AS DOUBLE) * CAST(`t13`.`per` AS DOUBLE)), 0.0) AS `nn`,
  COALESCE(SUM(`t13`.`value`), 0) AS `met`,
  COALESCE(SUM(`t13`.`value`), 0) / NULLIF(COALESCE(SUM(`t13`.`counted`), 0), 0) AS `share`
FROM (
  SELECT
    `t12`.`standing`,
    `t12`.`area`,
    `t12`.`cluster`,
    COUNT(*) AS `units`,
    SUM(CAST(`t12`.`counted` AS BIGINT)) AS `counted`,
    COALESCE(SUM(IF(`t12`.`counted`, `t12`.`value`, NULL)), 0) AS `value`,
    SUM(CAST(`t12`.`counted` AS BIGINT)) AS `per`
  FROM (
    SELECT
      `t11`.`standing`,
      `t11`.`area`,
      `t11`.`cluster`,
      TRUE AS `counted`,
      CAST(COALESCE(`t11`.`decision` = 'refer', FALSE) AS BIGINT) AS `value`,
      1 AS `per`
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
      LEFT SEMI JOIN (
        SELECT
          *
        FROM (
          SELECT
            `t7`.`cluster` AS `who`,
            COUNT(DISTINCT `t7`.`standing`) AS `number`
          FROM (
            SELECT
              *
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
              `t6`.`standing` <> 'never-trained'
          ) AS `t7`
          GROUP BY
            1
        ) AS `t8`
        WHERE
          `t8`.`number` = 2
      ) AS `t10`
        ON `t4`.`practitioner_id` = `t10`.`who`
    ) AS `t11`
  ) AS `t12`
  GROUP BY
    1,
    2,
    3
) AS `t13`
GROUP BY
  1,
  2

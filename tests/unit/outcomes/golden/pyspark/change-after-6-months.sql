-- How do scores change from the baseline to after 6 months?
SELECT
  `t15`.`instrument`,
  `t15`.`version`,
  `t15`.`area`,
  COUNT(*) AS `units`,
  COALESCE(SUM(CAST(`t15`.`counted` AS BIGINT)), 0) AS `counted`,
  COUNT(DISTINCT IF(`t15`.`counted`, `t15`.`cluster`, NULL)) AS `clusters`,
  COALESCE(SUM(`t15`.`known_value` * `t15`.`of_values`), 0.0) AS `vv`,
  COALESCE(SUM(`t15`.`known_value` * CAST(`t15`.`of_sizes` AS DOUBLE)), 0.0) AS `vn`,
  COALESCE(SUM(CAST(`t15`.`known_size` AS DOUBLE) * CAST(`t15`.`of_sizes` AS DOUBLE)), 0.0) AS `nn`,
  AVG(IF(`t15`.`counted`, `t15`.`value`, NULL)) AS `mean`,
  STDDEV_SAMP(IF(`t15`.`counted`, `t15`.`value`, NULL)) AS `sd`,
  PERCENTILE(IF(`t15`.`counted`, `t15`.`value`, NULL), 0.5) AS `median`,
  PERCENTILE(IF(`t15`.`counted`, `t15`.`value`, NULL), 0.9) AS `p90`,
  MIN(IF(`t15`.`counted`, `t15`.`value`, NULL)) AS `least`,
  MAX(IF(`t15`.`counted`, `t15`.`value`, NULL)) AS `most`
FROM (
  SELECT
    `t14`.`instrument`,
    `t14`.`version`,
    `t14`.`area`,
    `t14`.`cluster`,
    `t14`.`counted`,
    `t14`.`value`,
    `t14`.`per`,
    `t14`.`known_value`,
    `t14`.`known_size`,
    SUM(`t14`.`known_value`) OVER (
      PARTITION BY `t14`.`instrument`, `t14`.`version`, `t14`.`area`, `t14`.`cluster`
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `of_values`,
    SUM(`t14`.`known_size`) OVER (
      PARTITION BY `t14`.`instrument`, `t14`.`version`, `t14`.`area`, `t14`.`cluster`
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `of_sizes`
  FROM (
    SELECT
      `t13`.`instrument`,
      `t13`.`version`,
      `t13`.`area`,
      `t13`.`cluster`,
      (
        `t13`.`after` - `t13`.`before`
      ) IS NOT NULL
      AND NOT ISNAN(`t13`.`after` - `t13`.`before`) AS `counted`,
      `t13`.`after` - `t13`.`before` AS `value`,
      1 AS `per`,
      IF(
        (
          `t13`.`after` - `t13`.`before`
        ) IS NOT NULL
        AND NOT ISNAN(`t13`.`after` - `t13`.`before`),
        `t13`.`after` - `t13`.`before`,
        0.0
      ) AS `known_value`,
      IF(
        (
          `t13`.`after` - `t13`.`before`
        ) IS NOT NULL
        AND NOT ISNAN(`t13`.`after` - `t13`.`before`),
        1,
        0
      ) AS `known_size`
    FROM (
      SELECT
        `t12`.`case_id`,
        `t12`.`person_id`,
        `t12`.`instrument`,
        `t12`.`version`,
        `t12`.`before`,
        `t12`.`cluster`,
        `t12`.`who`,
        `t12`.`father`,
        `t12`.`after`,
        `t12`.`verdict`,
        `t12`.`due`,
        `t9`.`area`,
        `t9`.`agency`,
        `t9`.`source`,
        `t9`.`provider`,
        `t9`.`service`,
        `t9`.`level_of_need`,
        `t9`.`relationship`,
        `t9`.`year`,
        `t9`.`quarter`,
        `t9`.`month`
      FROM (
        SELECT
          *
        FROM (
          SELECT
            `t4`.`case_id`,
            `t4`.`person_id`,
            `t4`.`instrument`,
            `t4`.`version`,
            `t4`.`before`,
            `t4`.`cluster`,
            `t4`.`who`,
            `t4`.`father`,
            `t5`.`after`,
            `t5`.`verdict`,
            `t8`.`due`
          FROM (
            SELECT
              `t1`.`case_id`,
              `t1`.`person_id`,
              `t1`.`instrument`,
              `t1`.`version`,
              `t1`.`score` AS `before`,
              `t1`.`case_id` AS `cluster`,
              IF(`t1`.`is_parent`, 'parents', 'children') AS `who`,
              IF(`t1`.`is_father`, 'fathers', 'others') AS `father`
            FROM `measure` AS `t1`
            WHERE
              `t1`.`occasion` = 'baseline'
          ) AS `t4`
          LEFT OUTER JOIN (
            SELECT
              `t1`.`case_id` AS `later_case_id`,
              `t1`.`person_id` AS `later_person_id`,
              `t1`.`instrument` AS `later_instrument`,
              `t1`.`version` AS `later_version`,
              `t1`.`score` AS `after`,
              `t1`.`verdict`
            FROM `measure` AS `t1`
            WHERE
              `t1`.`occasion` = 'follow-up-6-months'
          ) AS `t5`
            ON `t4`.`case_id` = `t5`.`later_case_id`
            AND `t4`.`person_id` = `t5`.`later_person_id`
            AND `t4`.`instrument` = `t5`.`later_instrument`
            AND `t4`.`version` = `t5`.`later_version`
          INNER JOIN (
            SELECT
              `t0`.`case_id` AS `of_case`,
              COALESCE((
                `t0`.`ended_on` + INTERVAL '6' MONTH
              ) <= MAKE_DATE(2026, 8, 31), FALSE) AS `due`
            FROM `case` AS `t0`
          ) AS `t8`
            ON `t4`.`case_id` = `t8`.`of_case`
        ) AS `t10`
        WHERE
          `t10`.`due` OR (
            `t10`.`after` IS NOT NULL AND NOT ISNAN(`t10`.`after`)
          )
      ) AS `t12`
      INNER JOIN (
        SELECT
          `t0`.`case_id`,
          `t0`.`area`,
          `t0`.`agency`,
          `t0`.`source`,
          COALESCE(`t0`.`provider`, 'none') AS `provider`,
          COALESCE(`t0`.`service`, 'none') AS `service`,
          `t0`.`level_of_need`,
          `t0`.`relationship`,
          CAST(EXTRACT(year FROM `t0`.`screened_on`) AS STRING) AS `year`,
          CONCAT(
            CONCAT(CAST(EXTRACT(year FROM `t0`.`screened_on`) AS STRING), '-Q'),
            CAST(EXTRACT(quarter FROM `t0`.`screened_on`) AS STRING)
          ) AS `quarter`,
          CONCAT(
            CONCAT(CAST(EXTRACT(year FROM `t0`.`screened_on`) AS STRING), '-'),
            LPAD(
              CAST(EXTRACT(month FROM `t0`.`screened_on`) AS STRING),
              GREATEST(LENGTH(CAST(EXTRACT(month FROM `t0`.`screened_on`) AS STRING)), 2),
              '0'
            )
          ) AS `month`
        FROM `case` AS `t0`
      ) AS `t9`
        ON `t12`.`case_id` = `t9`.`case_id`
    ) AS `t13`
  ) AS `t14`
) AS `t15`
GROUP BY
  1,
  2,
  3

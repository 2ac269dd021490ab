-- How many reliably improved and crossed the instrument's cut-off after 12 months?
SELECT
  `t15`.`instrument`,
  `t15`.`version`,
  `t15`.`area`,
  COALESCE(SUM(`t15`.`units`), 0) AS `units`,
  COALESCE(SUM(`t15`.`counted`), 0) AS `counted`,
  SUM(CAST(`t15`.`counted` > 0 AS BIGINT)) AS `clusters`,
  COALESCE(SUM(CAST(`t15`.`value` AS DOUBLE) * CAST(`t15`.`value` AS DOUBLE)), 0.0) AS `vv`,
  COALESCE(SUM(CAST(`t15`.`value` AS DOUBLE) * CAST(`t15`.`per` AS DOUBLE)), 0.0) AS `vn`,
  COALESCE(SUM(CAST(`t15`.`per` AS DOUBLE) * CAST(`t15`.`per` AS DOUBLE)), 0.0) AS `nn`,
  COALESCE(SUM(`t15`.`value`), 0) AS `met`,
  COALESCE(SUM(`t15`.`value`), 0) / NULLIF(COALESCE(SUM(`t15`.`counted`), 0), 0) AS `share`
FROM (
  SELECT
    `t14`.`instrument`,
    `t14`.`version`,
    `t14`.`area`,
    `t14`.`cluster`,
    COUNT(*) AS `units`,
    SUM(CAST(`t14`.`counted` AS BIGINT)) AS `counted`,
    COALESCE(SUM(IF(`t14`.`counted`, `t14`.`value`, NULL)), 0) AS `value`,
    SUM(CAST(`t14`.`counted` AS BIGINT)) AS `per`
  FROM (
    SELECT
      `t13`.`instrument`,
      `t13`.`version`,
      `t13`.`area`,
      `t13`.`cluster`,
      COALESCE(`t13`.`verdict` IS NOT NULL, FALSE) AS `counted`,
      CAST(COALESCE(`t13`.`verdict` IN ('recovered'), FALSE) AS BIGINT) AS `value`,
      1 AS `per`
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
              `t1`.`occasion` = 'follow-up-12-months'
          ) AS `t5`
            ON `t4`.`case_id` = `t5`.`later_case_id`
            AND `t4`.`person_id` = `t5`.`later_person_id`
            AND `t4`.`instrument` = `t5`.`later_instrument`
            AND `t4`.`version` = `t5`.`later_version`
          INNER JOIN (
            SELECT
              `t0`.`case_id` AS `of_case`,
              COALESCE((
                `t0`.`ended_on` + INTERVAL '12' MONTH
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
    WHERE
      (
        REPLACE(REPLACE(REPLACE(LOWER(`t13`.`instrument`), '-', ''), ' ', ''), '_', '') = 'core10'
      )
      OR (
        REPLACE(REPLACE(REPLACE(LOWER(`t13`.`instrument`), '-', ''), ' ', ''), '_', '') = 'cors'
      )
      OR (
        REPLACE(REPLACE(REPLACE(LOWER(`t13`.`instrument`), '-', ''), ' ', ''), '_', '') = 'csi16'
      )
      OR (
        REPLACE(REPLACE(REPLACE(LOWER(`t13`.`instrument`), '-', ''), ' ', ''), '_', '') = 'gad7'
      )
      OR (
        (
          REPLACE(REPLACE(REPLACE(LOWER(`t13`.`instrument`), '-', ''), ' ', ''), '_', '') = 'ors'
        )
        AND (
          `t13`.`version` = 'adult'
        )
      )
      OR (
        REPLACE(REPLACE(REPLACE(LOWER(`t13`.`instrument`), '-', ''), ' ', ''), '_', '') = 'phq9'
      )
  ) AS `t14`
  GROUP BY
    1,
    2,
    3,
    4
) AS `t15`
GROUP BY
  1,
  2,
  3

-- How long does it take from the assessment to the first session?
SELECT
  `t9`.`area`,
  COUNT(*) AS `units`,
  COALESCE(SUM(CAST(`t9`.`counted` AS BIGINT)), 0) AS `counted`,
  COUNT(DISTINCT IF(`t9`.`counted`, `t9`.`cluster`, NULL)) AS `clusters`,
  COALESCE(SUM(CAST(`t9`.`known_value` AS DOUBLE) * CAST(`t9`.`of_values` AS DOUBLE)), 0.0) AS `vv`,
  COALESCE(SUM(CAST(`t9`.`known_value` AS DOUBLE) * CAST(`t9`.`of_sizes` AS DOUBLE)), 0.0) AS `vn`,
  COALESCE(SUM(CAST(`t9`.`known_size` AS DOUBLE) * CAST(`t9`.`of_sizes` AS DOUBLE)), 0.0) AS `nn`,
  AVG(IF(`t9`.`counted`, CAST(`t9`.`value` AS DOUBLE), NULL)) AS `mean`,
  STDDEV_SAMP(IF(`t9`.`counted`, CAST(`t9`.`value` AS DOUBLE), NULL)) AS `sd`,
  PERCENTILE(IF(`t9`.`counted`, CAST(`t9`.`value` AS DOUBLE), NULL), 0.5) AS `median`,
  PERCENTILE(IF(`t9`.`counted`, CAST(`t9`.`value` AS DOUBLE), NULL), 0.9) AS `p90`,
  MIN(IF(`t9`.`counted`, CAST(`t9`.`value` AS DOUBLE), NULL)) AS `least`,
  MAX(IF(`t9`.`counted`, CAST(`t9`.`value` AS DOUBLE), NULL)) AS `most`
FROM (
  SELECT
    `t8`.`area`,
    `t8`.`cluster`,
    `t8`.`counted`,
    `t8`.`value`,
    `t8`.`per`,
    `t8`.`known_value`,
    `t8`.`known_size`,
    SUM(`t8`.`known_value`) OVER (
      PARTITION BY `t8`.`area`, `t8`.`cluster`
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `of_values`,
    SUM(`t8`.`known_size`) OVER (
      PARTITION BY `t8`.`area`, `t8`.`cluster`
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `of_sizes`
  FROM (
    SELECT
      `t7`.`area`,
      `t7`.`cluster`,
      `t7`.`counted`,
      `t7`.`value`,
      `t7`.`per`,
      IF(`t7`.`counted`, `t7`.`value`, 0) AS `known_value`,
      IF(`t7`.`counted`, `t7`.`per`, 0) AS `known_size`
    FROM (
      SELECT
        `t6`.`area`,
        `t6`.`cluster`,
        (
          DATEDIFF(DAY, `t6`.`assessed_on`, `t6`.`started_on`) IS NOT NULL
        )
        AND COALESCE(DATEDIFF(DAY, `t6`.`assessed_on`, `t6`.`started_on`) >= 0, FALSE) AS `counted`,
        DATEDIFF(DAY, `t6`.`assessed_on`, `t6`.`started_on`) AS `value`,
        1 AS `per`
      FROM (
        SELECT
          `t3`.`case_id`,
          `t3`.`provider`,
          `t3`.`service`,
          `t3`.`started_on`,
          `t3`.`submitted_on`,
          `t3`.`agreed_on`,
          `t3`.`accepted_on`,
          `t3`.`assessed_on`,
          `t3`.`cluster`,
          `t5`.`area`,
          `t5`.`agency`,
          `t5`.`source`,
          `t5`.`level_of_need`,
          `t5`.`relationship`,
          `t5`.`year`,
          `t5`.`quarter`,
          `t5`.`month`
        FROM (
          SELECT
            `t0`.`case_id`,
            `t0`.`provider`,
            `t0`.`service`,
            `t0`.`started_on`,
            `t0`.`submitted_on`,
            `t0`.`agreed_on`,
            `t0`.`accepted_on`,
            `t0`.`assessed_on`,
            `t0`.`case_id` AS `cluster`
          FROM `referral` AS `t0`
        ) AS `t3`
        INNER JOIN (
          SELECT
            `t1`.`case_id`,
            `t1`.`area`,
            `t1`.`agency`,
            `t1`.`source`,
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
) AS `t9`
GROUP BY
  1

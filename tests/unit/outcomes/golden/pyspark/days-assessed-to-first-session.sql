-- How long does it take from the assessment to the first session?
WITH `t7` AS (
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
)
SELECT
  `t14`.`area`,
  `t14`.`units`,
  `t14`.`counted`,
  `t14`.`clusters`,
  `t14`.`vv`,
  `t14`.`vn`,
  `t14`.`nn`,
  `t12`.`mean`,
  `t12`.`sd`,
  `t12`.`median`,
  `t12`.`p90`,
  `t12`.`least`,
  `t12`.`most`
FROM (
  SELECT
    `t9`.`area`,
    COALESCE(SUM(`t9`.`units`), 0) AS `units`,
    COALESCE(SUM(`t9`.`counted`), 0) AS `counted`,
    SUM(CAST(`t9`.`counted` > 0 AS BIGINT)) AS `clusters`,
    COALESCE(SUM(CAST(`t9`.`value` AS DOUBLE) * CAST(`t9`.`value` AS DOUBLE)), 0.0) AS `vv`,
    COALESCE(SUM(CAST(`t9`.`value` AS DOUBLE) * CAST(`t9`.`per` AS DOUBLE)), 0.0) AS `vn`,
    COALESCE(SUM(CAST(`t9`.`per` AS DOUBLE) * CAST(`t9`.`per` AS DOUBLE)), 0.0) AS `nn`
  FROM (
    SELECT
      `t8`.`area`,
      `t8`.`cluster`,
      COUNT(*) AS `units`,
      SUM(CAST(`t8`.`counted` AS BIGINT)) AS `counted`,
      COALESCE(SUM(IF(`t8`.`counted`, `t8`.`value`, NULL)), 0) AS `value`,
      SUM(CAST(`t8`.`counted` AS BIGINT)) AS `per`
    FROM `t7` AS `t8`
    GROUP BY
      1,
      2
  ) AS `t9`
  GROUP BY
    1
) AS `t14`
INNER JOIN (
  SELECT
    `t10`.`area` AS `same_area`,
    `t10`.`mean`,
    `t10`.`sd`,
    `t10`.`median`,
    `t10`.`p90`,
    `t10`.`least`,
    `t10`.`most`
  FROM (
    SELECT
      `t8`.`area`,
      AVG(IF(`t8`.`counted`, CAST(`t8`.`value` AS DOUBLE), NULL)) AS `mean`,
      STDDEV_SAMP(IF(`t8`.`counted`, CAST(`t8`.`value` AS DOUBLE), NULL)) AS `sd`,
      PERCENTILE(IF(`t8`.`counted`, CAST(`t8`.`value` AS DOUBLE), NULL), 0.5) AS `median`,
      PERCENTILE(IF(`t8`.`counted`, CAST(`t8`.`value` AS DOUBLE), NULL), 0.9) AS `p90`,
      MIN(IF(`t8`.`counted`, CAST(`t8`.`value` AS DOUBLE), NULL)) AS `least`,
      MAX(IF(`t8`.`counted`, CAST(`t8`.`value` AS DOUBLE), NULL)) AS `most`
    FROM `t7` AS `t8`
    GROUP BY
      1
  ) AS `t10`
) AS `t12`
  ON `t14`.`area` IS NOT DISTINCT FROM `t12`.`same_area`

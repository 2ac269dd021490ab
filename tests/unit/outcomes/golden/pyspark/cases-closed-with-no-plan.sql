-- How many of the referred families end before anything begins?
SELECT
  `t3`.`area`,
  COUNT(*) AS `units`,
  COALESCE(SUM(CAST(`t3`.`counted` AS BIGINT)), 0) AS `counted`,
  COUNT(DISTINCT IF(`t3`.`counted`, `t3`.`cluster`, NULL)) AS `clusters`,
  COALESCE(SUM(CAST(`t3`.`known_value` AS DOUBLE) * CAST(`t3`.`of_values` AS DOUBLE)), 0.0) AS `vv`,
  COALESCE(SUM(CAST(`t3`.`known_value` AS DOUBLE) * CAST(`t3`.`of_sizes` AS DOUBLE)), 0.0) AS `vn`,
  COALESCE(SUM(CAST(`t3`.`known_size` AS DOUBLE) * CAST(`t3`.`of_sizes` AS DOUBLE)), 0.0) AS `nn`,
  COALESCE(SUM(`t3`.`known_value`), 0) AS `met`,
  COALESCE(SUM(`t3`.`known_value`), 0) / NULLIF(COALESCE(SUM(CAST(`t3`.`counted` AS BIGINT)), 0), 0) AS `share`
FROM (
  SELECT
    `t2`.`area`,
    `t2`.`cluster`,
    `t2`.`counted`,
    `t2`.`value`,
    `t2`.`per`,
    `t2`.`known_value`,
    `t2`.`known_size`,
    SUM(`t2`.`known_value`) OVER (
      PARTITION BY `t2`.`area`, `t2`.`cluster`
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `of_values`,
    SUM(`t2`.`known_size`) OVER (
      PARTITION BY `t2`.`area`, `t2`.`cluster`
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `of_sizes`
  FROM (
    SELECT
      `t1`.`area`,
      `t1`.`cluster`,
      `t1`.`counted`,
      `t1`.`value`,
      `t1`.`per`,
      IF(`t1`.`counted`, `t1`.`value`, 0) AS `known_value`,
      IF(`t1`.`counted`, `t1`.`per`, 0) AS `known_size`
    FROM (
      SELECT
        `t0`.`area`,
        `t0`.`case_id` AS `cluster`,
        TRUE AS `counted`,
        CAST(COALESCE((
          `t0`.`ended_on` IS NOT NULL
        ) AND (
          `t0`.`started_on` IS NULL
        ), FALSE) AS BIGINT) AS `value`,
        1 AS `per`
      FROM `case` AS `t0`
      WHERE
        `t0`.`referrals` > 0
    ) AS `t1`
  ) AS `t2`
) AS `t3`
GROUP BY
  1

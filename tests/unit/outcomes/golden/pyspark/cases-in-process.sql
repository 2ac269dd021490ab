-- How many of the referred families are under way?
SELECT
  `t2`.`area`,
  COUNT(*) AS `units`,
  COALESCE(SUM(CAST(`t2`.`counted` AS BIGINT)), 0) AS `counted`,
  COUNT(DISTINCT IF(`t2`.`counted`, `t2`.`cluster`, NULL)) AS `clusters`,
  COALESCE(SUM(CAST(`t2`.`known_value` AS DOUBLE) * CAST(`t2`.`of_values` AS DOUBLE)), 0.0) AS `vv`,
  COALESCE(SUM(CAST(`t2`.`known_value` AS DOUBLE) * CAST(`t2`.`of_sizes` AS DOUBLE)), 0.0) AS `vn`,
  COALESCE(SUM(CAST(`t2`.`known_size` AS DOUBLE) * CAST(`t2`.`of_sizes` AS DOUBLE)), 0.0) AS `nn`,
  COALESCE(SUM(`t2`.`known_value`), 0) AS `met`,
  COALESCE(SUM(`t2`.`known_value`), 0) / NULLIF(COALESCE(SUM(CAST(`t2`.`counted` AS BIGINT)), 0), 0) AS `share`
FROM (
  SELECT
    `t1`.`area`,
    `t1`.`cluster`,
    `t1`.`counted`,
    `t1`.`value`,
    `t1`.`per`,
    `t1`.`known_value`,
    `t1`.`known_size`,
    SUM(`t1`.`known_value`) OVER (
      PARTITION BY `t1`.`area`, `t1`.`cluster`
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `of_values`,
    SUM(`t1`.`known_size`) OVER (
      PARTITION BY `t1`.`area`, `t1`.`cluster`
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `of_sizes`
  FROM (
    SELECT
      `t0`.`area`,
      `t0`.`case_id` AS `cluster`,
      TRUE AS `counted`,
      CAST(COALESCE(`t0`.`ended_on` IS NULL, FALSE) AS BIGINT) AS `value`,
      1 AS `per`,
      IF(TRUE, CAST(COALESCE(`t0`.`ended_on` IS NULL, FALSE) AS BIGINT), 0) AS `known_value`,
      IF(TRUE, 1, 0) AS `known_size`
    FROM `case` AS `t0`
    WHERE
      `t0`.`referrals` > 0
  ) AS `t1`
) AS `t2`
GROUP BY
  1

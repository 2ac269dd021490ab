-- How many of the families are referred to a service?
SELECT
  `t2`.`area`,
  COALESCE(SUM(`t2`.`units`), 0) AS `units`,
  COALESCE(SUM(`t2`.`counted`), 0) AS `counted`,
  SUM(CAST(`t2`.`counted` > 0 AS BIGINT)) AS `clusters`,
  COALESCE(SUM(CAST(`t2`.`value` AS DOUBLE) * CAST(`t2`.`value` AS DOUBLE)), 0.0) AS `vv`,
  COALESCE(SUM(CAST(`t2`.`value` AS DOUBLE) * CAST(`t2`.`per` AS DOUBLE)), 0.0) AS `vn`,
  COALESCE(SUM(CAST(`t2`.`per` AS DOUBLE) * CAST(`t2`.`per` AS DOUBLE)), 0.0) AS `nn`,
  COALESCE(SUM(`t2`.`value`), 0) AS `met`,
  COALESCE(SUM(`t2`.`value`), 0) / NULLIF(COALESCE(SUM(`t2`.`counted`), 0), 0) AS `share`
FROM (
  SELECT
    `t1`.`area`,
    `t1`.`cluster`,
    COUNT(*) AS `units`,
    SUM(CAST(`t1`.`counted` AS BIGINT)) AS `counted`,
    COALESCE(SUM(IF(`t1`.`counted`, `t1`.`value`, NULL)), 0) AS `value`,
    SUM(CAST(`t1`.`counted` AS BIGINT)) AS `per`
  FROM (
    SELECT
      `t0`.`area`,
      `t0`.`case_id` AS `cluster`,
      TRUE AS `counted`,
      CAST(COALESCE(`t0`.`referrals` > 0, FALSE) AS BIGINT) AS `value`,
      1 AS `per`
    FROM `case` AS `t0`
  ) AS `t1`
  GROUP BY
    1,
    2
) AS `t2`
GROUP BY
  1

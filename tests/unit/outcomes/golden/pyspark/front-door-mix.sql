-- Through which kinds of front door do families come?
WITH `t1` AS (
  SELECT
    `t0`.`area`,
    `t0`.`case_id` AS `cluster`,
    `t0`.`source` AS `category`,
    `t0`.`case_id` AS `unit`
  FROM `case` AS `t0`
  WHERE
    TRUE
)
SELECT
  `t5`.`area`,
  `t5`.`category`,
  `t6`.`counted` AS `units`,
  `t6`.`counted`,
  `t6`.`clusters`,
  `t5`.`met`,
  `t5`.`met` / NULLIF(`t6`.`counted`, 0) AS `share`
FROM (
  SELECT
    `t2`.`area`,
    `t2`.`category`,
    COUNT(DISTINCT `t2`.`unit`) AS `met`
  FROM `t1` AS `t2`
  GROUP BY
    1,
    2
) AS `t5`
INNER JOIN (
  SELECT
    `t2`.`area`,
    COUNT(DISTINCT `t2`.`unit`) AS `counted`,
    COUNT(DISTINCT `t2`.`cluster`) AS `clusters`
  FROM `t1` AS `t2`
  GROUP BY
    1
) AS `t6`
  ON `t5`.`area` = `t6`.`area`

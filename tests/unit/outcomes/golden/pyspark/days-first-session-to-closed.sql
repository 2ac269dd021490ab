-- How long does it take from the first session to the end?
WITH `t1` AS (
  SELECT
    `t0`.`area`,
    `t0`.`case_id` AS `cluster`,
    (
      DATEDIFF(DAY, `t0`.`started_on`, `t0`.`ended_on`) IS NOT NULL
    )
    AND COALESCE(
      (
        DATEDIFF(DAY, `t0`.`started_on`, `t0`.`ended_on`) >= 0
      )
      AND (
        COALESCE(`t0`.`ending`, 'halted-for-safety') <> 'halted-for-safety'
      ),
      FALSE
    ) AS `counted`,
    DATEDIFF(DAY, `t0`.`started_on`, `t0`.`ended_on`) AS `value`,
    1 AS `per`
  FROM `case` AS `t0`
  WHERE
    `t0`.`started_on` IS NOT NULL
)
SELECT
  `t8`.`area`,
  `t8`.`units`,
  `t8`.`counted`,
  `t8`.`clusters`,
  `t8`.`vv`,
  `t8`.`vn`,
  `t8`.`nn`,
  `t6`.`mean`,
  `t6`.`sd`,
  `t6`.`median`,
  `t6`.`p90`,
  `t6`.`least`,
  `t6`.`most`
FROM (
  SELECT
    `t3`.`area`,
    COALESCE(SUM(`t3`.`units`), 0) AS `units`,
    COALESCE(SUM(`t3`.`counted`), 0) AS `counted`,
    SUM(CAST(`t3`.`counted` > 0 AS BIGINT)) AS `clusters`,
    COALESCE(SUM(CAST(`t3`.`value` AS DOUBLE) * CAST(`t3`.`value` AS DOUBLE)), 0.0) AS `vv`,
    COALESCE(SUM(CAST(`t3`.`value` AS DOUBLE) * CAST(`t3`.`per` AS DOUBLE)), 0.0) AS `vn`,
    COALESCE(SUM(CAST(`t3`.`per` AS DOUBLE) * CAST(`t3`.`per` AS DOUBLE)), 0.0) AS `nn`
  FROM (
    SELECT
      `t2`.`area`,
      `t2`.`cluster`,
      COUNT(*) AS `units`,
      SUM(CAST(`t2`.`counted` AS BIGINT)) AS `counted`,
      COALESCE(SUM(IF(`t2`.`counted`, `t2`.`value`, NULL)), 0) AS `value`,
      SUM(CAST(`t2`.`counted` AS BIGINT)) AS `per`
    FROM `t1` AS `t2`
    GROUP BY
      1,
      2
  ) AS `t3`
  GROUP BY
    1
) AS `t8`
INNER JOIN (
  SELECT
    `t4`.`area` AS `same_area`,
    `t4`.`mean`,
    `t4`.`sd`,
    `t4`.`median`,
    `t4`.`p90`,
    `t4`.`least`,
    `t4`.`most`
  FROM (
    SELECT
      `t2`.`area`,
      AVG(IF(`t2`.`counted`, CAST(`t2`.`value` AS DOUBLE), NULL)) AS `mean`,
      STDDEV_SAMP(IF(`t2`.`counted`, CAST(`t2`.`value` AS DOUBLE), NULL)) AS `sd`,
      PERCENTILE(IF(`t2`.`counted`, CAST(`t2`.`value` AS DOUBLE), NULL), 0.5) AS `median`,
      PERCENTILE(IF(`t2`.`counted`, CAST(`t2`.`value` AS DOUBLE), NULL), 0.9) AS `p90`,
      MIN(IF(`t2`.`counted`, CAST(`t2`.`value` AS DOUBLE), NULL)) AS `least`,
      MAX(IF(`t2`.`counted`, CAST(`t2`.`value` AS DOUBLE), NULL)) AS `most`
    FROM `t1` AS `t2`
    GROUP BY
      1
  ) AS `t4`
) AS `t6`
  ON `t8`.`area` IS NOT DISTINCT FROM `t6`.`same_area`

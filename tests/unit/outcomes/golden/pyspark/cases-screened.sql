-- How many families came, from which front door, with which need?
SELECT
  `t1`.`area`,
  COUNT(*) AS `units`,
  SUM(CAST(`t1`.`counted` AS BIGINT)) AS `counted`,
  COUNT(DISTINCT IF(`t1`.`counted`, `t1`.`cluster`, NULL)) AS `clusters`
FROM (
  SELECT
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
    ) AS `month`,
    `t0`.`case_id`,
    `t0`.`decision`,
    `t0`.`started_on`,
    `t0`.`completed_on`,
    `t0`.`ended_on`,
    `t0`.`ending`,
    `t0`.`referrals`,
    `t0`.`case_id` AS `cluster`,
    IF(`t0`.`referrals` > 0, 'referred', 'not-referred') AS `referred`,
    TRUE AS `counted`,
    CAST(COALESCE(TRUE, FALSE) AS BIGINT) AS `value`,
    1 AS `per`
  FROM `case` AS `t0`
) AS `t1`
GROUP BY
  1

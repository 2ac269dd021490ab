-- What does support cost for each child of the families, provider by provider?
SELECT
  `t15`.`provider`,
  `t15`.`service`,
  `t15`.`area`,
  COALESCE(SUM(`t15`.`units`), 0) AS `units`,
  COALESCE(SUM(`t15`.`counted`), 0) AS `counted`,
  SUM(CAST(`t15`.`counted` > 0 AS BIGINT)) AS `clusters`,
  COALESCE(SUM(CAST(`t15`.`value` AS DOUBLE) * CAST(`t15`.`value` AS DOUBLE)), 0.0) AS `vv`,
  COALESCE(SUM(CAST(`t15`.`value` AS DOUBLE) * `t15`.`per`), 0.0) AS `vn`,
  COALESCE(SUM(`t15`.`per` * `t15`.`per`), 0.0) AS `nn`,
  COALESCE(SUM(`t15`.`value`), 0) AS `total`,
  COALESCE(SUM(`t15`.`per`), 0.0) AS `per`,
  COALESCE(SUM(`t15`.`value`), 0) / NULLIF(COALESCE(SUM(`t15`.`per`), 0.0), 0) AS `ratio`
FROM (
  SELECT
    `t14`.`provider`,
    `t14`.`service`,
    `t14`.`area`,
    `t14`.`cluster`,
    COUNT(*) AS `units`,
    SUM(CAST(`t14`.`counted` AS BIGINT)) AS `counted`,
    COALESCE(SUM(IF(`t14`.`counted`, `t14`.`value`, NULL)), 0) AS `value`,
    COALESCE(SUM(IF(`t14`.`counted`, CAST(`t14`.`per` AS DOUBLE), NULL)), 0.0) AS `per`
  FROM (
    SELECT
      `t13`.`provider`,
      `t13`.`service`,
      `t13`.`area`,
      `t13`.`case_id` AS `cluster`,
      `t13`.`priced` AS `counted`,
      `t13`.`spent` AS `value`,
      `t13`.`children` AS `per`
    FROM (
      SELECT
        `t12`.`case_id`,
        `t12`.`provider`,
        `t12`.`service`,
        `t12`.`completed`,
        `t12`.`priced`,
        `t12`.`spent`,
        COALESCE(`t10`.`parents`, 0) AS `parents`,
        `t4`.`children`,
        `t9`.`area`,
        `t9`.`agency`,
        `t9`.`source`,
        `t9`.`level_of_need`,
        `t9`.`relationship`,
        `t9`.`year`,
        `t9`.`quarter`,
        `t9`.`month`
      FROM (
        SELECT
          `t8`.`case_id`,
          `t8`.`provider`,
          `t8`.`service`,
          BOOL_OR(`t8`.`completed`) AS `completed`,
          BOOL_AND(`t8`.`unit_cost_pence` IS NOT NULL) AS `priced`,
          SUM(`t8`.`cost`) AS `spent`
        FROM (
          SELECT
            `t0`.`case_id`,
            `t0`.`referral_id`,
            `t0`.`nth`,
            `t0`.`area`,
            `t0`.`provider`,
            `t0`.`service`,
            `t0`.`offer`,
            `t0`.`agreed_by`,
            `t0`.`submitted_on`,
            `t0`.`agreed_on`,
            `t0`.`accepted_on`,
            `t0`.`declined_on`,
            `t0`.`declined_for`,
            `t0`.`assessed_on`,
            `t0`.`assessed_as`,
            `t0`.`started_on`,
            `t0`.`closed_on`,
            `t0`.`completed`,
            `t0`.`parents`,
            `t0`.`fathers`,
            `t0`.`children`,
            `t0`.`sessions`,
            `t0`.`unit_cost_pence`,
            `t0`.`unit_cost_for`,
            CASE
              WHEN `t0`.`unit_cost_for` = 'completed-case'
              THEN CAST(`t0`.`completed` AS BIGINT)
              WHEN `t0`.`unit_cost_for` = 'started-case'
              THEN CAST((
                `t0`.`started_on` IS NOT NULL
              ) OR `t0`.`completed` AS BIGINT)
              ELSE `t0`.`sessions`
            END AS `due`,
            `t0`.`unit_cost_pence` * CASE
              WHEN `t0`.`unit_cost_for` = 'completed-case'
              THEN CAST(`t0`.`completed` AS BIGINT)
              WHEN `t0`.`unit_cost_for` = 'started-case'
              THEN CAST((
                `t0`.`started_on` IS NOT NULL
              ) OR `t0`.`completed` AS BIGINT)
              ELSE `t0`.`sessions`
            END AS `cost`
          FROM `referral` AS `t0`
          WHERE
            (
              `t0`.`started_on` IS NOT NULL
            )
            OR `t0`.`completed`
            OR (
              `t0`.`sessions` > 0
            )
        ) AS `t8`
        GROUP BY
          1,
          2,
          3
      ) AS `t12`
      LEFT OUTER JOIN (
        SELECT
          `t5`.`case_id` AS `of_case`,
          COALESCE(`t5`.`started_provider`, 'none') AS `by`,
          COALESCE(`t5`.`started_service`, 'none') AS `kind`,
          COUNT(*) AS `parents`
        FROM (
          SELECT
            *
          FROM `parent` AS `t2`
          WHERE
            `t2`.`started_on` IS NOT NULL
        ) AS `t5`
        GROUP BY
          1,
          2,
          3
      ) AS `t10`
        ON `t12`.`case_id` = `t10`.`of_case`
        AND `t12`.`provider` = `t10`.`by`
        AND `t12`.`service` = `t10`.`kind`
      INNER JOIN (
        SELECT
          `t1`.`case_id` AS `of_case`,
          `t1`.`children`
        FROM `case` AS `t1`
      ) AS `t4`
        ON `t12`.`case_id` = `t4`.`of_case`
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
      ) AS `t9`
        ON `t12`.`case_id` = `t9`.`case_id`
    ) AS `t13`
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

-- What does support cost for each completed case?
SELECT
  `t18`.`area`,
  COALESCE(SUM(`t18`.`units`), 0) AS `units`,
  COALESCE(SUM(`t18`.`counted`), 0) AS `counted`,
  SUM(CAST(`t18`.`counted` > 0 AS BIGINT)) AS `clusters`,
  COALESCE(SUM(CAST(`t18`.`value` AS DOUBLE) * CAST(`t18`.`value` AS DOUBLE)), 0.0) AS `vv`,
  COALESCE(SUM(CAST(`t18`.`value` AS DOUBLE) * `t18`.`per`), 0.0) AS `vn`,
  COALESCE(SUM(`t18`.`per` * `t18`.`per`), 0.0) AS `nn`,
  COALESCE(SUM(`t18`.`value`), 0) AS `total`,
  COALESCE(SUM(`t18`.`per`), 0.0) AS `per`,
  COALESCE(SUM(`t18`.`value`), 0) / NULLIF(COALESCE(SUM(`t18`.`per`), 0.0), 0) AS `ratio`
FROM (
  SELECT
    `t17`.`area`,
    `t17`.`cluster`,
    COUNT(*) AS `units`,
    SUM(CAST(`t17`.`counted` AS BIGINT)) AS `counted`,
    COALESCE(SUM(IF(`t17`.`counted`, `t17`.`value`, NULL)), 0) AS `value`,
    COALESCE(SUM(IF(`t17`.`counted`, CAST(`t17`.`per` AS DOUBLE), NULL)), 0.0) AS `per`
  FROM (
    SELECT
      `t16`.`area`,
      `t16`.`case_id` AS `cluster`,
      `t16`.`priced` AS `counted`,
      `t16`.`spent` AS `value`,
      CAST(`t16`.`completed` AS BIGINT) AS `per`
    FROM (
      SELECT
        `t15`.`case_id`,
        `t15`.`completed`,
        `t15`.`priced`,
        `t15`.`spent`,
        `t15`.`parents`,
        `t4`.`children`,
        `t8`.`area`,
        `t8`.`agency`,
        `t8`.`source`,
        `t8`.`provider`,
        `t8`.`service`,
        `t8`.`level_of_need`,
        `t8`.`relationship`,
        `t8`.`year`,
        `t8`.`quarter`,
        `t8`.`month`
      FROM (
        SELECT
          `t13`.`case_id`,
          BOOL_OR(`t13`.`completed`) AS `completed`,
          BOOL_AND(`t13`.`priced`) AS `priced`,
          SUM(`t13`.`spent`) AS `spent`,
          SUM(`t13`.`parents`) AS `parents`
        FROM (
          SELECT
            `t12`.`case_id`,
            `t12`.`provider`,
            `t12`.`service`,
            `t12`.`completed`,
            `t12`.`priced`,
            `t12`.`spent`,
            COALESCE(`t10`.`parents`, 0) AS `parents`
          FROM (
            SELECT
              `t9`.`case_id`,
              `t9`.`provider`,
              `t9`.`service`,
              BOOL_OR(`t9`.`completed`) AS `completed`,
              BOOL_AND(`t9`.`unit_cost_pence` IS NOT NULL) AS `priced`,
              SUM(`t9`.`cost`) AS `spent`
            FROM (
              SELECT
                `t1`.`case_id`,
                `t1`.`referral_id`,
                `t1`.`nth`,
                `t1`.`area`,
                `t1`.`provider`,
                `t1`.`service`,
                `t1`.`offer`,
                `t1`.`agreed_by`,
                `t1`.`submitted_on`,
                `t1`.`agreed_on`,
                `t1`.`accepted_on`,
                `t1`.`declined_on`,
                `t1`.`declined_for`,
                `t1`.`assessed_on`,
                `t1`.`assessed_as`,
                `t1`.`started_on`,
                `t1`.`closed_on`,
                `t1`.`completed`,
                `t1`.`parents`,
                `t1`.`fathers`,
                `t1`.`children`,
                `t1`.`sessions`,
                `t1`.`unit_cost_pence`,
                `t1`.`unit_cost_for`,
                CASE
                  WHEN `t1`.`unit_cost_for` = 'completed-case'
                  THEN CAST(`t1`.`completed` AS BIGINT)
                  WHEN `t1`.`unit_cost_for` = 'started-case'
                  THEN CAST((
                    `t1`.`started_on` IS NOT NULL
                  ) OR `t1`.`completed` AS BIGINT)
                  ELSE `t1`.`sessions`
                END AS `due`,
                `t1`.`unit_cost_pence` * CASE
                  WHEN `t1`.`unit_cost_for` = 'completed-case'
                  THEN CAST(`t1`.`completed` AS BIGINT)
                  WHEN `t1`.`unit_cost_for` = 'started-case'
                  THEN CAST((
                    `t1`.`started_on` IS NOT NULL
                  ) OR `t1`.`completed` AS BIGINT)
                  ELSE `t1`.`sessions`
                END AS `cost`
              FROM `referral` AS `t1`
              WHERE
                (
                  `t1`.`started_on` IS NOT NULL
                )
                OR `t1`.`completed`
                OR (
                  `t1`.`sessions` > 0
                )
            ) AS `t9`
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
        ) AS `t13`
        GROUP BY
          1
      ) AS `t15`
      INNER JOIN (
        SELECT
          `t0`.`case_id` AS `of_case`,
          `t0`.`children`
        FROM `case` AS `t0`
      ) AS `t4`
        ON `t15`.`case_id` = `t4`.`of_case`
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
      ) AS `t8`
        ON `t15`.`case_id` = `t8`.`case_id`
    ) AS `t16`
  ) AS `t17`
  GROUP BY
    1,
    2
) AS `t18`
GROUP BY
  1

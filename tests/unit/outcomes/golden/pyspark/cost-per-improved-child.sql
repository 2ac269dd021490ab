-- What does support cost for each child who is reliably better at closure?
SELECT
  `t24`.`area`,
  COALESCE(SUM(`t24`.`units`), 0) AS `units`,
  COALESCE(SUM(`t24`.`counted`), 0) AS `counted`,
  SUM(CAST(`t24`.`counted` > 0 AS BIGINT)) AS `clusters`,
  COALESCE(SUM(CAST(`t24`.`value` AS DOUBLE) * CAST(`t24`.`value` AS DOUBLE)), 0.0) AS `vv`,
  COALESCE(SUM(CAST(`t24`.`value` AS DOUBLE) * `t24`.`per`), 0.0) AS `vn`,
  COALESCE(SUM(`t24`.`per` * `t24`.`per`), 0.0) AS `nn`,
  COALESCE(SUM(`t24`.`value`), 0) AS `total`,
  COALESCE(SUM(`t24`.`per`), 0.0) AS `per`,
  COALESCE(SUM(`t24`.`value`), 0) / NULLIF(COALESCE(SUM(`t24`.`per`), 0.0), 0) AS `ratio`
FROM (
  SELECT
    `t23`.`area`,
    `t23`.`cluster`,
    COUNT(*) AS `units`,
    SUM(CAST(`t23`.`counted` AS BIGINT)) AS `counted`,
    COALESCE(SUM(IF(`t23`.`counted`, `t23`.`value`, NULL)), 0) AS `value`,
    COALESCE(SUM(IF(`t23`.`counted`, CAST(`t23`.`per` AS DOUBLE), NULL)), 0.0) AS `per`
  FROM (
    SELECT
      `t22`.`area`,
      `t22`.`case_id` AS `cluster`,
      `t22`.`priced` AS `counted`,
      `t22`.`spent` AS `value`,
      `t22`.`improved` AS `per`
    FROM (
      SELECT
        `t21`.`case_id`,
        `t21`.`completed`,
        `t21`.`priced`,
        `t21`.`spent`,
        `t21`.`parents`,
        `t5`.`children`,
        COALESCE(`t18`.`improved`, 0) AS `improved`,
        `t10`.`area`,
        `t10`.`agency`,
        `t10`.`source`,
        `t10`.`provider`,
        `t10`.`service`,
        `t10`.`level_of_need`,
        `t10`.`relationship`,
        `t10`.`year`,
        `t10`.`quarter`,
        `t10`.`month`
      FROM (
        SELECT
          `t19`.`case_id`,
          BOOL_OR(`t19`.`completed`) AS `completed`,
          BOOL_AND(`t19`.`priced`) AS `priced`,
          SUM(`t19`.`spent`) AS `spent`,
          SUM(`t19`.`parents`) AS `parents`
        FROM (
          SELECT
            `t16`.`case_id`,
            `t16`.`provider`,
            `t16`.`service`,
            `t16`.`completed`,
            `t16`.`priced`,
            `t16`.`spent`,
            COALESCE(`t13`.`parents`, 0) AS `parents`
          FROM (
            SELECT
              `t11`.`case_id`,
              `t11`.`provider`,
              `t11`.`service`,
              BOOL_OR(`t11`.`completed`) AS `completed`,
              BOOL_AND(`t11`.`unit_cost_pence` IS NOT NULL) AS `priced`,
              SUM(`t11`.`cost`) AS `spent`
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
            ) AS `t11`
            GROUP BY
              1,
              2,
              3
          ) AS `t16`
          LEFT OUTER JOIN (
            SELECT
              `t7`.`case_id` AS `of_case`,
              COALESCE(`t7`.`started_provider`, 'none') AS `by`,
              COALESCE(`t7`.`started_service`, 'none') AS `kind`,
              COUNT(*) AS `parents`
            FROM (
              SELECT
                *
              FROM `parent` AS `t3`
              WHERE
                `t3`.`started_on` IS NOT NULL
            ) AS `t7`
            GROUP BY
              1,
              2,
              3
          ) AS `t13`
            ON `t16`.`case_id` = `t13`.`of_case`
            AND `t16`.`provider` = `t13`.`by`
            AND `t16`.`service` = `t13`.`kind`
        ) AS `t19`
        GROUP BY
          1
      ) AS `t21`
      INNER JOIN (
        SELECT
          `t0`.`case_id` AS `of_case`,
          `t0`.`children`
        FROM `case` AS `t0`
      ) AS `t5`
        ON `t21`.`case_id` = `t5`.`of_case`
      LEFT OUTER JOIN (
        SELECT
          `t14`.`case_id` AS `of_case`,
          COUNT(*) AS `improved`
        FROM (
          SELECT
            *
          FROM (
            SELECT
              `t6`.`case_id`,
              `t6`.`person_id`,
              BOOL_OR(`t6`.`verdict` IN ('recovered', 'improved')) AS `better`,
              BOOL_OR(`t6`.`verdict` = 'deteriorated') AS `worse`
            FROM (
              SELECT
                *
              FROM `measure` AS `t2`
              WHERE
                `t2`.`occasion` = 'closure'
                AND NOT (
                  `t2`.`is_parent`
                )
                AND `t2`.`verdict` IS NOT NULL
            ) AS `t6`
            GROUP BY
              1,
              2
          ) AS `t12`
          WHERE
            `t12`.`better` AND NOT (
              `t12`.`worse`
            )
        ) AS `t14`
        GROUP BY
          1
      ) AS `t18`
        ON `t21`.`case_id` = `t18`.`of_case`
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
      ) AS `t10`
        ON `t21`.`case_id` = `t10`.`case_id`
    ) AS `t22`
  ) AS `t23`
  GROUP BY
    1,
    2
) AS `t24`
GROUP BY
  1

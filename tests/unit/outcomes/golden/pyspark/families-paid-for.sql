-- For how many families has each price fallen due?
WITH `t7` AS (
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
)
SELECT
  `t22`.`price`,
  `t22`.`area`,
  COUNT(*) AS `units`,
  SUM(CAST(`t22`.`counted` AS BIGINT)) AS `counted`,
  COUNT(DISTINCT IF(`t22`.`counted`, `t22`.`cluster`, NULL)) AS `clusters`
FROM (
  SELECT
    `t21`.`case_id`,
    `t21`.`price`,
    `t21`.`priced`,
    `t21`.`value`,
    `t21`.`cluster`,
    `t21`.`counted`,
    `t21`.`per`,
    `t6`.`area`,
    `t6`.`agency`,
    `t6`.`source`,
    `t6`.`provider`,
    `t6`.`service`,
    `t6`.`level_of_need`,
    `t6`.`relationship`,
    `t6`.`year`,
    `t6`.`quarter`,
    `t6`.`month`
  FROM (
    SELECT
      `t19`.`case_id`,
      `t19`.`price`,
      `t19`.`priced`,
      `t19`.`value`,
      `t19`.`case_id` AS `cluster`,
      `t19`.`priced` AS `counted`,
      1 AS `per`
    FROM (
      SELECT
        `t18`.`case_id`,
        `t18`.`price`,
        BOOL_AND(`t18`.`priced`) AS `priced`,
        SUM(`t18`.`due`) AS `value`
      FROM (
        SELECT
          `t17`.`case_id`,
          `t17`.`referral_id`,
          `t17`.`nth`,
          `t17`.`area`,
          `t17`.`provider`,
          `t17`.`service`,
          `t17`.`offer`,
          `t17`.`agreed_by`,
          `t17`.`submitted_on`,
          `t17`.`agreed_on`,
          `t17`.`accepted_on`,
          `t17`.`declined_on`,
          `t17`.`declined_for`,
          `t17`.`assessed_on`,
          `t17`.`assessed_as`,
          `t17`.`started_on`,
          `t17`.`closed_on`,
          `t17`.`completed`,
          `t17`.`parents`,
          `t17`.`fathers`,
          `t17`.`children`,
          `t17`.`sessions`,
          `t17`.`unit_cost_pence`,
          `t17`.`unit_cost_for`,
          `t17`.`due`,
          `t17`.`cost`,
          `t17`.`of_case`,
          `t17`.`priced`,
          CONCAT(CONCAT(`t17`.`unit_cost_for`, ' '), CAST(`t17`.`unit_cost_pence` AS STRING)) AS `price`
        FROM (
          SELECT
            `t10`.`case_id`,
            `t10`.`referral_id`,
            `t10`.`nth`,
            `t10`.`area`,
            `t10`.`provider`,
            `t10`.`service`,
            `t10`.`offer`,
            `t10`.`agreed_by`,
            `t10`.`submitted_on`,
            `t10`.`agreed_on`,
            `t10`.`accepted_on`,
            `t10`.`declined_on`,
            `t10`.`declined_for`,
            `t10`.`assessed_on`,
            `t10`.`assessed_as`,
            `t10`.`started_on`,
            `t10`.`closed_on`,
            `t10`.`completed`,
            `t10`.`parents`,
            `t10`.`fathers`,
            `t10`.`children`,
            `t10`.`sessions`,
            `t10`.`unit_cost_pence`,
            `t10`.`unit_cost_for`,
            `t10`.`due`,
            `t10`.`cost`,
            `t16`.`of_case`,
            `t16`.`priced`
          FROM `t7` AS `t10`
          INNER JOIN (
            SELECT
              `t14`.`case_id` AS `of_case`,
              `t14`.`priced`
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
                  COALESCE(`t8`.`parents`, 0) AS `parents`
                FROM (
                  SELECT
                    `t9`.`case_id`,
                    `t9`.`provider`,
                    `t9`.`service`,
                    BOOL_OR(`t9`.`completed`) AS `completed`,
                    BOOL_AND(`t9`.`unit_cost_pence` IS NOT NULL) AS `priced`,
                    SUM(`t9`.`cost`) AS `spent`
                  FROM `t7` AS `t9`
                  GROUP BY
                    1,
                    2,
                    3
                ) AS `t12`
                LEFT OUTER JOIN (
                  SELECT
                    `t3`.`case_id` AS `of_case`,
                    COALESCE(`t3`.`started_provider`, 'none') AS `by`,
                    COALESCE(`t3`.`started_service`, 'none') AS `kind`,
                    COUNT(*) AS `parents`
                  FROM (
                    SELECT
                      *
                    FROM `parent` AS `t2`
                    WHERE
                      `t2`.`started_on` IS NOT NULL
                  ) AS `t3`
                  GROUP BY
                    1,
                    2,
                    3
                ) AS `t8`
                  ON `t12`.`case_id` = `t8`.`of_case`
                  AND `t12`.`provider` = `t8`.`by`
                  AND `t12`.`service` = `t8`.`kind`
              ) AS `t13`
              GROUP BY
                1
            ) AS `t14`
          ) AS `t16`
            ON `t10`.`case_id` = `t16`.`of_case`
        ) AS `t17`
        WHERE
          `t17`.`unit_cost_pence` IS NOT NULL AND `t17`.`due` > 0
      ) AS `t18`
      GROUP BY
        1,
        2
    ) AS `t19`
  ) AS `t21`
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
  ) AS `t6`
    ON `t21`.`case_id` = `t6`.`case_id`
) AS `t22`
GROUP BY
  1,
  2

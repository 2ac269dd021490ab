-- Are the parents who come to a session as many of each group as live there?
WITH `t11` AS (
  SELECT
    `t8`.`case_id`,
    `t8`.`person_id`,
    `t8`.`is_father`,
    `t8`.`screened`,
    `t8`.`agrees`,
    `t8`.`sex`,
    `t8`.`ethnicity`,
    `t8`.`first_language`,
    `t8`.`disability`,
    `t8`.`employment`,
    `t8`.`referred`,
    `t8`.`referred_on`,
    `t8`.`started_on`,
    `t8`.`started_service`,
    `t8`.`started_provider`,
    `t8`.`completed_on`,
    `t8`.`asked_6_months_on`,
    `t8`.`asked_12_months_on`,
    `t8`.`answered_6_months_on`,
    `t8`.`answered_12_months_on`,
    `t8`.`change`,
    `t8`.`father`,
    `t8`.`cluster`,
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
      `t1`.`case_id`,
      `t1`.`person_id`,
      `t1`.`is_father`,
      `t1`.`screened`,
      `t1`.`agrees`,
      COALESCE(`t1`.`sex`, 'not-stated') AS `sex`,
      COALESCE(`t1`.`ethnicity`, 'not-stated') AS `ethnicity`,
      COALESCE(`t1`.`first_language`, 'not-stated') AS `first_language`,
      COALESCE(`t1`.`disability`, 'not-stated') AS `disability`,
      COALESCE(`t1`.`employment`, 'not-stated') AS `employment`,
      `t1`.`referred`,
      `t1`.`referred_on`,
      `t1`.`started_on`,
      `t1`.`started_service`,
      `t1`.`started_provider`,
      `t1`.`completed_on`,
      `t1`.`asked_6_months_on`,
      `t1`.`asked_12_months_on`,
      `t1`.`answered_6_months_on`,
      `t1`.`answered_12_months_on`,
      `t1`.`change`,
      IF(`t1`.`is_father`, 'fathers', 'others') AS `father`,
      `t1`.`case_id` AS `cluster`
    FROM `parent` AS `t1`
  ) AS `t8`
  INNER JOIN (
    SELECT
      `t2`.`case_id`,
      `t2`.`area`,
      `t2`.`agency`,
      `t2`.`source`,
      COALESCE(`t2`.`provider`, 'none') AS `provider`,
      COALESCE(`t2`.`service`, 'none') AS `service`,
      `t2`.`level_of_need`,
      `t2`.`relationship`,
      CAST(EXTRACT(year FROM `t2`.`screened_on`) AS STRING) AS `year`,
      CONCAT(
        CONCAT(CAST(EXTRACT(year FROM `t2`.`screened_on`) AS STRING), '-Q'),
        CAST(EXTRACT(quarter FROM `t2`.`screened_on`) AS STRING)
      ) AS `quarter`,
      CONCAT(
        CONCAT(CAST(EXTRACT(year FROM `t2`.`screened_on`) AS STRING), '-'),
        LPAD(
          CAST(EXTRACT(month FROM `t2`.`screened_on`) AS STRING),
          GREATEST(LENGTH(CAST(EXTRACT(month FROM `t2`.`screened_on`) AS STRING)), 2),
          '0'
        )
      ) AS `month`
    FROM `case` AS `t2`
  ) AS `t10`
    ON `t8`.`case_id` = `t10`.`case_id`
)
SELECT
  `t29`.`characteristic`,
  `t29`.`group`,
  `t29`.`area`,
  COALESCE(SUM(`t29`.`units`), 0) AS `units`,
  COALESCE(SUM(`t29`.`counted`), 0) AS `counted`,
  SUM(CAST(`t29`.`counted` > 0 AS BIGINT)) AS `clusters`,
  COALESCE(SUM(CAST(`t29`.`value` AS DOUBLE) * CAST(`t29`.`value` AS DOUBLE)), 0.0) AS `vv`,
  COALESCE(SUM(CAST(`t29`.`value` AS DOUBLE) * `t29`.`per`), 0.0) AS `vn`,
  COALESCE(SUM(`t29`.`per` * `t29`.`per`), 0.0) AS `nn`,
  COALESCE(SUM(`t29`.`value`), 0) AS `total`,
  COALESCE(SUM(`t29`.`per`), 0.0) AS `per`,
  COALESCE(SUM(`t29`.`value`), 0) / NULLIF(COALESCE(SUM(`t29`.`per`), 0.0), 0) AS `ratio`
FROM (
  SELECT
    `t28`.`characteristic`,
    `t28`.`group`,
    `t28`.`area`,
    `t28`.`cluster`,
    COUNT(*) AS `units`,
    SUM(CAST(`t28`.`counted` AS BIGINT)) AS `counted`,
    COALESCE(SUM(IF(`t28`.`counted`, `t28`.`value`, NULL)), 0) AS `value`,
    COALESCE(SUM(IF(`t28`.`counted`, `t28`.`per`, NULL)), 0.0) AS `per`
  FROM (
    SELECT
      `t27`.`characteristic`,
      `t27`.`group`,
      `t27`.`area`,
      `t27`.`cluster`,
      `t27`.`counted`,
      `t27`.`value`,
      `t27`.`per`
    FROM (
      SELECT
        `t5`.`area`,
        `t5`.`characteristic`,
        `t5`.`group`,
        `t5`.`area` AS `cluster`,
        TRUE AS `counted`,
        COALESCE(`t23`.`parents`, 0) AS `value`,
        COALESCE(
          (
            CAST(`t26`.`reached` AS DOUBLE) * `t5`.`people`
          ) / NULLIF(`t7`.`everybody`, 0),
          0.0
        ) AS `per`
      FROM (
        SELECT
          `t0`.`area`,
          `t0`.`characteristic`,
          `t0`.`people`,
          `t0`.`code` AS `group`
        FROM `population` AS `t0`
      ) AS `t5`
      LEFT OUTER JOIN (
        SELECT
          `t21`.`area`,
          `t21`.`characteristic`,
          `t21`.`category`,
          COUNT(*) AS `parents`
        FROM (
          SELECT
            *
          FROM (
            SELECT
              *
            FROM (
              SELECT
                `t12`.`area`,
                `t12`.`agency`,
                `t12`.`source`,
                `t12`.`provider`,
                `t12`.`service`,
                `t12`.`level_of_need`,
                `t12`.`relationship`,
                `t12`.`year`,
                `t12`.`quarter`,
                `t12`.`month`,
                `t12`.`father`,
                `t12`.`cluster`,
                'first_language' AS `characteristic`,
                COALESCE(`t12`.`first_language`, 'not-stated') AS `category`
              FROM `t11` AS `t12`
              WHERE
                `t12`.`screened` AND `t12`.`started_on` IS NOT NULL
            ) AS `t13`
            UNION ALL
            SELECT
              *
            FROM (
              SELECT
                `t12`.`area`,
                `t12`.`agency`,
                `t12`.`source`,
                `t12`.`provider`,
                `t12`.`service`,
                `t12`.`level_of_need`,
                `t12`.`relationship`,
                `t12`.`year`,
                `t12`.`quarter`,
                `t12`.`month`,
                `t12`.`father`,
                `t12`.`cluster`,
                'disability' AS `characteristic`,
                COALESCE(`t12`.`disability`, 'not-stated') AS `category`
              FROM `t11` AS `t12`
              WHERE
                `t12`.`screened` AND `t12`.`started_on` IS NOT NULL
            ) AS `t14`
          ) AS `t18`
          UNION ALL
          SELECT
            *
          FROM (
            SELECT
              *
            FROM (
              SELECT
                `t12`.`area`,
                `t12`.`agency`,
                `t12`.`source`,
                `t12`.`provider`,
                `t12`.`service`,
                `t12`.`level_of_need`,
                `t12`.`relationship`,
                `t12`.`year`,
                `t12`.`quarter`,
                `t12`.`month`,
                `t12`.`father`,
                `t12`.`cluster`,
                'employment' AS `characteristic`,
                COALESCE(`t12`.`employment`, 'not-stated') AS `category`
              FROM `t11` AS `t12`
              WHERE
                `t12`.`screened` AND `t12`.`started_on` IS NOT NULL
            ) AS `t15`
            UNION ALL
            SELECT
              *
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  `t12`.`area`,
                  `t12`.`agency`,
                  `t12`.`source`,
                  `t12`.`provider`,
                  `t12`.`service`,
                  `t12`.`level_of_need`,
                  `t12`.`relationship`,
                  `t12`.`year`,
                  `t12`.`quarter`,
                  `t12`.`month`,
                  `t12`.`father`,
                  `t12`.`cluster`,
                  'sex' AS `characteristic`,
                  COALESCE(`t12`.`sex`, 'not-stated') AS `category`
                FROM `t11` AS `t12`
                WHERE
                  `t12`.`screened` AND `t12`.`started_on` IS NOT NULL
              ) AS `t16`
              UNION ALL
              SELECT
                *
              FROM (
                SELECT
                  `t12`.`area`,
                  `t12`.`agency`,
                  `t12`.`source`,
                  `t12`.`provider`,
                  `t12`.`service`,
                  `t12`.`level_of_need`,
                  `t12`.`relationship`,
                  `t12`.`year`,
                  `t12`.`quarter`,
                  `t12`.`month`,
                  `t12`.`father`,
                  `t12`.`cluster`,
                  'ethnicity' AS `characteristic`,
                  COALESCE(`t12`.`ethnicity`, 'not-stated') AS `category`
                FROM `t11` AS `t12`
                WHERE
                  `t12`.`screened` AND `t12`.`started_on` IS NOT NULL
              ) AS `t17`
            ) AS `t19`
          ) AS `t20`
        ) AS `t21`
        GROUP BY
          1,
          2,
          3
      ) AS `t23`
        ON `t5`.`area` = `t23`.`area`
        AND `t5`.`characteristic` = `t23`.`characteristic`
        AND `t5`.`group` = `t23`.`category`
      INNER JOIN (
        SELECT
          `t24`.`area`,
          `t24`.`characteristic`,
          SUM(`t24`.`parents`) AS `reached`
        FROM (
          SELECT
            `t5`.`area`,
            `t5`.`characteristic`,
            `t5`.`people`,
            `t5`.`group`,
            COALESCE(`t23`.`parents`, 0) AS `parents`
          FROM (
            SELECT
              `t0`.`area`,
              `t0`.`characteristic`,
              `t0`.`people`,
              `t0`.`code` AS `group`
            FROM `population` AS `t0`
          ) AS `t5`
          LEFT OUTER JOIN (
            SELECT
              `t21`.`area`,
              `t21`.`characteristic`,
              `t21`.`category`,
              COUNT(*) AS `parents`
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    `t12`.`area`,
                    `t12`.`agency`,
                    `t12`.`source`,
                    `t12`.`provider`,
                    `t12`.`service`,
                    `t12`.`level_of_need`,
                    `t12`.`relationship`,
                    `t12`.`year`,
                    `t12`.`quarter`,
                    `t12`.`month`,
                    `t12`.`father`,
                    `t12`.`cluster`,
                    'first_language' AS `characteristic`,
                    COALESCE(`t12`.`first_language`, 'not-stated') AS `category`
                  FROM `t11` AS `t12`
                  WHERE
                    `t12`.`screened` AND `t12`.`started_on` IS NOT NULL
                ) AS `t13`
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    `t12`.`area`,
                    `t12`.`agency`,
                    `t12`.`source`,
                    `t12`.`provider`,
                    `t12`.`service`,
                    `t12`.`level_of_need`,
                    `t12`.`relationship`,
                    `t12`.`year`,
                    `t12`.`quarter`,
                    `t12`.`month`,
                    `t12`.`father`,
                    `t12`.`cluster`,
                    'disability' AS `characteristic`,
                    COALESCE(`t12`.`disability`, 'not-stated') AS `category`
                  FROM `t11` AS `t12`
                  WHERE
                    `t12`.`screened` AND `t12`.`started_on` IS NOT NULL
                ) AS `t14`
              ) AS `t18`
              UNION ALL
              SELECT
                *
              FROM (
                SELECT
                  *
                FROM (
                  SELECT
                    `t12`.`area`,
                    `t12`.`agency`,
                    `t12`.`source`,
                    `t12`.`provider`,
                    `t12`.`service`,
                    `t12`.`level_of_need`,
                    `t12`.`relationship`,
                    `t12`.`year`,
                    `t12`.`quarter`,
                    `t12`.`month`,
                    `t12`.`father`,
                    `t12`.`cluster`,
                    'employment' AS `characteristic`,
                    COALESCE(`t12`.`employment`, 'not-stated') AS `category`
                  FROM `t11` AS `t12`
                  WHERE
                    `t12`.`screened` AND `t12`.`started_on` IS NOT NULL
                ) AS `t15`
                UNION ALL
                SELECT
                  *
                FROM (
                  SELECT
                    *
                  FROM (
                    SELECT
                      `t12`.`area`,
                      `t12`.`agency`,
                      `t12`.`source`,
                      `t12`.`provider`,
                      `t12`.`service`,
                      `t12`.`level_of_need`,
                      `t12`.`relationship`,
                      `t12`.`year`,
                      `t12`.`quarter`,
                      `t12`.`month`,
                      `t12`.`father`,
                      `t12`.`cluster`,
                      'sex' AS `characteristic`,
                      COALESCE(`t12`.`sex`, 'not-stated') AS `category`
                    FROM `t11` AS `t12`
                    WHERE
                      `t12`.`screened` AND `t12`.`started_on` IS NOT NULL
                  ) AS `t16`
                  UNION ALL
                  SELECT
                    *
                  FROM (
                    SELECT
                      `t12`.`area`,
                      `t12`.`agency`,
                      `t12`.`source`,
                      `t12`.`provider`,
                      `t12`.`service`,
                      `t12`.`level_of_need`,
                      `t12`.`relationship`,
                      `t12`.`year`,
                      `t12`.`quarter`,
                      `t12`.`month`,
                      `t12`.`father`,
                      `t12`.`cluster`,
                      'ethnicity' AS `characteristic`,
                      COALESCE(`t12`.`ethnicity`, 'not-stated') AS `category`
                    FROM `t11` AS `t12`
                    WHERE
                      `t12`.`screened` AND `t12`.`started_on` IS NOT NULL
                  ) AS `t17`
                ) AS `t19`
              ) AS `t20`
            ) AS `t21`
            GROUP BY
              1,
              2,
              3
          ) AS `t23`
            ON `t5`.`area` = `t23`.`area`
            AND `t5`.`characteristic` = `t23`.`characteristic`
            AND `t5`.`group` = `t23`.`category`
        ) AS `t24`
        GROUP BY
          1,
          2
      ) AS `t26`
        ON `t5`.`area` = `t26`.`area` AND `t5`.`characteristic` = `t26`.`characteristic`
      INNER JOIN (
        SELECT
          `t0`.`area`,
          `t0`.`characteristic`,
          SUM(`t0`.`people`) AS `everybody`
        FROM `population` AS `t0`
        GROUP BY
          1,
          2
      ) AS `t7`
        ON `t5`.`area` = `t7`.`area` AND `t5`.`characteristic` = `t7`.`characteristic`
    ) AS `t27`
  ) AS `t28`
  GROUP BY
    1,
    2,
    3,
    4
) AS `t29`
GROUP BY
  1,
  2,
  3

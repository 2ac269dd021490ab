-- Who held a screening, as an opaque id; unknown for those that were kept before.
ALTER TABLE screening ADD COLUMN practitioner_id uuid;

-- What the workforce service's events said. `position` is the event's place on its topic: all of one practitioner stand on
-- one partition, so the highest is the newest. A training that was withdrawn has no day.
CREATE TABLE training_said (
    training_id     uuid   NOT NULL,
    position        bigint NOT NULL,
    practitioner_id uuid   NOT NULL,
    modules         text[] NOT NULL,
    profession      text,
    completed_on    date,
    PRIMARY KEY (training_id, position)
);

CREATE TABLE confidence_said (
    training_id uuid    NOT NULL,
    module      text    NOT NULL,
    occasion    text    NOT NULL,
    position    bigint  NOT NULL,
    instrument  text    NOT NULL,
    version     text    NOT NULL,
    score       integer NOT NULL,
    PRIMARY KEY (training_id, module, occasion, position)
);

CREATE TABLE training_use_said (
    training_id   uuid    NOT NULL,
    position      bigint  NOT NULL,
    used          boolean NOT NULL,
    how_often     text    NOT NULL,
    trains_others boolean NOT NULL,
    PRIMARY KEY (training_id, position)
);

CREATE TABLE champion_said (
    practitioner_id uuid    NOT NULL,
    position        bigint  NOT NULL,
    named           boolean NOT NULL,
    PRIMARY KEY (practitioner_id, position)
);

CREATE VIEW current_training AS
SELECT * FROM (SELECT DISTINCT ON (training_id) * FROM training_said ORDER BY training_id, position DESC) AS newest
WHERE completed_on IS NOT NULL;

-- Means of those who said both before and after; how many used it, of those who were asked six to twelve months later.
CREATE VIEW summary_training_module AS
WITH rated AS (
    SELECT training_id, module, instrument, version,
        max(score) FILTER (WHERE occasion = 'before') AS before,
        max(score) FILTER (WHERE occasion = 'after') AS after,
        max(score) FILTER (WHERE occasion = 'follow-up') AS later
    FROM (
        SELECT DISTINCT ON (training_id, module, occasion) * FROM confidence_said
        ORDER BY training_id, module, occasion, position DESC
    ) AS newest
    GROUP BY training_id, module, instrument, version
),
used AS (
    SELECT DISTINCT ON (training_id) training_id, used FROM training_use_said ORDER BY training_id, position DESC
)
SELECT
    taught.module,
    count(DISTINCT t.practitioner_id) AS practitioners,
    count(r.training_id) FILTER (WHERE r.before IS NOT NULL AND r.after IS NOT NULL) AS rated,
    avg(r.before) FILTER (WHERE r.after IS NOT NULL)::float AS confidence_before,
    avg(r.after) FILTER (WHERE r.before IS NOT NULL)::float AS confidence_after,
    avg(r.later)::float AS confidence_later,
    count(u.training_id) AS answered_later,
    count(u.training_id) FILTER (WHERE u.used) AS used
FROM current_training t
CROSS JOIN LATERAL unnest(t.modules) AS taught (module)
LEFT JOIN rated r ON r.training_id = t.training_id AND r.module = taught.module
LEFT JOIN used u ON u.training_id = t.training_id
GROUP BY taught.module
ORDER BY taught.module;

-- Whether referrals got better: what came of the screenings of whoever was never trained, and before and after training.
-- Complete is whatever needed no more information. `same_` counts only those who screened both before and after.
CREATE VIEW summary_training_quality AS
WITH trained AS (
    SELECT practitioner_id, min(completed_on) AS since FROM current_training GROUP BY practitioner_id
),
held AS (
    SELECT practitioner_id, s.decision,
        CASE
            WHEN t.since IS NULL THEN 'never-trained'
            WHEN (s.submitted_at AT TIME ZONE 'UTC')::date < t.since THEN 'before-training'
            ELSE 'after-training'
        END AS standing
    FROM screening s LEFT JOIN trained t USING (practitioner_id)
    WHERE s.practitioner_id IS NOT NULL
),
both_sides AS (
    SELECT practitioner_id FROM held WHERE standing <> 'never-trained'
    GROUP BY practitioner_id HAVING count(DISTINCT standing) = 2
)
SELECT
    standing,
    count(DISTINCT held.practitioner_id) AS practitioners,
    count(*) AS screenings,
    count(*) FILTER (WHERE decision = 'refer') AS referred,
    count(*) FILTER (WHERE decision <> 'more-information') AS complete,
    count(*) FILTER (WHERE b.practitioner_id IS NOT NULL) AS same_screenings,
    count(*) FILTER (WHERE b.practitioner_id IS NOT NULL AND decision = 'refer') AS same_referred,
    count(*) FILTER (WHERE b.practitioner_id IS NOT NULL AND decision <> 'more-information') AS same_complete
FROM held LEFT JOIN both_sides b ON b.practitioner_id = held.practitioner_id
GROUP BY standing
ORDER BY array_position(ARRAY['never-trained', 'before-training', 'after-training'], standing);

CREATE VIEW summary_training_reach AS
SELECT
    (SELECT count(DISTINCT practitioner_id) FROM current_training) AS trained,
    (SELECT count(DISTINCT practitioner_id) FROM screening) AS screen,
    (SELECT count(DISTINCT s.practitioner_id) FROM screening s JOIN current_training USING (practitioner_id))
        AS trained_who_screen,
    (SELECT count(*) FROM (
        SELECT DISTINCT ON (practitioner_id) named FROM champion_said ORDER BY practitioner_id, position DESC
    ) AS newest WHERE named) AS champions;

-- In which month's files of the star a case is: that of its first screening, as it was when its facts were worked out last.
CREATE TABLE star_case (
    case_id uuid PRIMARY KEY,
    month   date NOT NULL
);
CREATE INDEX star_case_by_month ON star_case (month);

-- Months whose files have to be written again. `changes` rises with each reason to: whoever has written a month takes the
-- row away only where none came after what was read.
CREATE TABLE star_stale (
    month   date   PRIMARY KEY,
    changes bigint NOT NULL DEFAULT 1
);

-- Everything that was ever screened is to be written once.
INSERT INTO star_case
    SELECT case_id, date_trunc('month', min(submitted_at) AT TIME ZONE 'UTC')::date FROM screening GROUP BY case_id;
INSERT INTO star_stale (month) SELECT DISTINCT month FROM star_case;

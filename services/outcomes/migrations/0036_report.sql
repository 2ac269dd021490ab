-- The board's report of each quarter: its tables as they may be shown to everybody, and its chapters for each area, each
-- region and all of them (`all`). Later ones are held against the tables of all before, so they are kept as long as these.
CREATE TABLE report (
    quarter    date    PRIMARY KEY,
    known_until date   NOT NULL,
    smallest   integer NOT NULL,
    tables     jsonb   NOT NULL
);
CREATE TABLE report_chapters (
    quarter  date  NOT NULL REFERENCES report ON DELETE CASCADE,
    place    text  NOT NULL,
    chapters jsonb NOT NULL,
    PRIMARY KEY (quarter, place)
);

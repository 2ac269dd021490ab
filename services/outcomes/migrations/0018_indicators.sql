-- What the pages show, counted once a day: of each area, year of the screening and kind of service, and of all of each (''
-- and 0). `figure` and `item` say what is counted. `held_back`: not shown to whoever does not administer the area.
CREATE TABLE indicator (
    area      text    NOT NULL,
    year      integer NOT NULL,
    service   text    NOT NULL,
    figure    text    NOT NULL,
    item      text    NOT NULL,
    count     bigint  NOT NULL,
    held_back boolean NOT NULL DEFAULT false,
    PRIMARY KEY (area, year, service, figure, item)
);
CREATE INDEX indicator_by_figure ON indicator (figure, year, service);

-- On which days they were counted: below which count something is held back, by area and of all ('').
CREATE TABLE indicator_day (
    day      date  PRIMARY KEY,
    smallest jsonb NOT NULL
);

-- What analysts have of the facts. It is kept beside `fact`, which is what holds now: a batch a day publishes how the two
-- differ, as far as an area's smallest group allows.

-- From how many families alike on analysts get facts of any of them. It is the area's own setting.
ALTER TABLE area_figures ADD COLUMN smallest_group integer NOT NULL DEFAULT 10 CHECK (smallest_group >= 1);

-- The releases of pseudonyms that began here. The newest is the one in which facts are published.
CREATE TABLE release (
    number   integer PRIMARY KEY,
    began_on date    NOT NULL
);

-- Facts that were published before this, each in the moment that it was worked out, may be joined to families by their
-- times. So these are published again under other pseudonyms alone, once there is a key of a second release.
INSERT INTO release (number, began_on) SELECT 2, current_date WHERE EXISTS (SELECT FROM fact);

-- One row a day on which a batch was made: a day is never told twice. The counts are over all areas.
CREATE TABLE fact_batch (
    day              date    PRIMARY KEY,
    release          integer NOT NULL,
    facts            integer NOT NULL,
    retracted        integer NOT NULL,
    by_detail        jsonb   NOT NULL,
    cases_held_back  integer NOT NULL,
    facts_held_back  integer NOT NULL,
    changes_waiting  integer NOT NULL
);

-- A case that analysts know. Those of one cohort have had all the same said of them, batch by batch.
CREATE TABLE published_case (
    case_id   uuid   PRIMARY KEY,
    area      text   NOT NULL,
    cohort    bigint NOT NULL,
    pseudonym uuid   NOT NULL
);
CREATE INDEX published_case_by_area ON published_case (area);

-- What was last said of a fact, as the event's fields that do not name it; NULL where it was retracted. `place` is the
-- fact's place among those of its case: two cases of a cohort say the same at the same places.
CREATE TABLE published_fact (
    case_id uuid    NOT NULL REFERENCES published_case ON DELETE CASCADE,
    place   integer NOT NULL,
    fact    text    NOT NULL,
    subject text    NOT NULL,
    fact_id uuid    NOT NULL,
    content jsonb,
    PRIMARY KEY (case_id, place)
);

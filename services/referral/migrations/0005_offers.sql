-- More of each area's settings, the rows of an offer's terms, and regions.
ALTER TABLE area
    ADD assured_within_days       integer,
    ADD paid_offers_automatically boolean NOT NULL DEFAULT false;

-- Areas that share offers. Nothing of a case refers to a region: what families there are in an area stays there.
CREATE TABLE region (
    region       text PRIMARY KEY,
    areas        text[] NOT NULL,
    entry_offset bigint NOT NULL
);

-- `terms`: delivery, languages, interpreter, open_to_everybody, costs_the_family, assured_on.
ALTER TABLE offer
    ADD regions text[] NOT NULL DEFAULT '{}',
    ADD terms   jsonb NOT NULL DEFAULT '{}';

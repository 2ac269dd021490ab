-- Who was given a case by somebody else, by whom and why: a code of a closed list.
ALTER TABLE assignment
    ADD given_by text,
    ADD reason   text,
    ADD CHECK ((given_by IS NULL) = (reason IS NULL));

-- The coordinators of an area, as they come to its worklist: the identity provider has who they are, and is not asked here.
CREATE TABLE area_coordinator (
    area        text NOT NULL,
    coordinator text NOT NULL,
    seen_on     date NOT NULL,
    PRIMARY KEY (area, coordinator)
);

-- Who sees a coordinator's cases as their own while they are away. It ends by itself; who has a case in hand stays the same.
CREATE TABLE cover (
    cover_id uuid PRIMARY KEY,
    areas    text[] NOT NULL CHECK (areas <> '{}'),
    absent   text NOT NULL,
    coverer  text NOT NULL CHECK (coverer <> absent),
    begins   date NOT NULL,
    ends     date NOT NULL CHECK (ends >= begins),
    named_by text NOT NULL,
    named_at timestamptz NOT NULL,
    ended_by text,
    ended_at timestamptz CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX cover_coverer ON cover (coverer, ends) WHERE ended_at IS NULL;

-- Which kinds of front door an agency is registered as. NULL for one that was registered before: not checked until it is
-- registered again.
ALTER TABLE agency ADD COLUMN sources text[];

-- A keyed fingerprint of what was submitted, by which the same id with other content is told from a repeat. NULL for what
-- was decided before: any repeat of it is a repeat.
ALTER TABLE submission ADD COLUMN content bytea;

-- Records that could not be used and of which what is certain has taken effect, by a keyed fingerprint of topic, key and
-- value: the same record again has no second effect. The findings are those that the front door was told last.
CREATE TABLE refused_record (
    agency      text NOT NULL,
    fingerprint bytea NOT NULL,
    findings    jsonb NOT NULL,
    noted_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (agency, fingerprint)
);

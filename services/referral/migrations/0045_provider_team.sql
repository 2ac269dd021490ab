-- Who of a provider's people has a referral in hand: the provider's own affair. Nobody else reads it, and no decision does.

-- The people of a provider, as they come to its list: the identity provider has who they are, and is not asked here.
CREATE TABLE provider_worker (
    provider text NOT NULL,
    worker   text NOT NULL,
    seen_on  date NOT NULL,
    PRIMARY KEY (provider, worker)
);

-- One at a time; who had it before stays on record.
CREATE TABLE work_assignment (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    referral_id uuid NOT NULL REFERENCES referral,
    provider    text NOT NULL,
    worker      text NOT NULL CHECK (worker <> ''),
    given_by    text NOT NULL,
    since       timestamptz NOT NULL,
    until       timestamptz
);
CREATE UNIQUE INDEX work_assignment_standing ON work_assignment (referral_id) WHERE until IS NULL;
CREATE INDEX work_assignment_worker ON work_assignment (provider, worker) WHERE until IS NULL;

-- A page of a provider's referrals is read from where the one before it ended.
CREATE INDEX referral_of_provider ON referral (provider, agreed_at, referral_id);

-- What an area is called. Those of before have no name until the directory is published again.
ALTER TABLE area ADD COLUMN name text;

-- That somebody who worked with families was erased: a front door's practitioner, or one of ours who acted through pages. Only
-- the id stays, by whom, when, and why by a code. `finished_at`: since when their key is gone and what was sealed here is
-- cleared. The rows stay, so that a keyring from a backup is put right again.
CREATE TABLE worker_erasure (
    subject     uuid PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('practitioner', 'staff')),
    -- Where a practitioner belonged. Of staff no area is known here.
    areas       text[] NOT NULL,
    reason      text NOT NULL CHECK (reason IN (
        'has-left', 'objection', 'unlawfully-processed', 'legal-obligation', 'recorded-in-error', 'retention-ended')),
    by          text NOT NULL,
    at          timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE INDEX worker_erasure_unfinished ON worker_erasure (at) WHERE finished_at IS NULL;

CREATE FUNCTION refuse_rewriting_worker_erasures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'erasures of workers are only added to';
END $$;
CREATE TRIGGER worker_erasures_stay BEFORE DELETE ON worker_erasure
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_worker_erasures();
CREATE TRIGGER worker_erasures_stay_as_they_are BEFORE UPDATE ON worker_erasure FOR EACH ROW
    WHEN (OLD.finished_at IS NOT NULL) EXECUTE FUNCTION refuse_rewriting_worker_erasures();

-- For how long an area keeps a practitioner's name after they were last seen, and what they were trained in after it lapsed.
ALTER TABLE area ADD practitioner_retention_months integer NOT NULL DEFAULT 72;
ALTER TABLE area ADD certificate_retention_months integer NOT NULL DEFAULT 72;

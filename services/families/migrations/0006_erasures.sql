-- People of screenings that were taken back, as they were sealed. Nobody is recognised by them; whoever is erased is looked
-- for among them too.
CREATE TABLE taken_back_person (
    agency        text NOT NULL,
    submission_id uuid NOT NULL,
    person_id     uuid NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('parent', 'child')),
    sealed        jsonb NOT NULL,
    PRIMARY KEY (agency, submission_id, person_id)
);
CREATE INDEX taken_back_person_id ON taken_back_person (person_id);

-- That a human being was erased: by whom, when, and why by a code. `finished_at`: since when their keys are gone and everybody
-- was told.
CREATE TABLE erasure (
    erasure_id  uuid PRIMARY KEY,
    person_id   uuid NOT NULL,
    area        text NOT NULL,
    reason      text NOT NULL CHECK (reason IN (
        'no-longer-needed', 'consent-withdrawn', 'objection', 'unlawfully-processed', 'legal-obligation',
        'retention-ended', 'recorded-in-error')),
    by          text NOT NULL,
    at          timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE INDEX erasure_unfinished ON erasure (at) WHERE finished_at IS NULL;

-- Under which ids they were a person of which case. The rows stay, so that a keyring from a backup is put right again.
CREATE TABLE erased_person (
    person_id  uuid PRIMARY KEY,
    case_id    uuid NOT NULL,
    erasure_id uuid NOT NULL REFERENCES erasure
);
CREATE INDEX erased_person_erasure ON erased_person (erasure_id);

-- Whose keys were erased with theirs: words about their cases.
CREATE TABLE erased_words (
    subject    uuid PRIMARY KEY,
    case_id    uuid NOT NULL,
    erasure_id uuid NOT NULL REFERENCES erasure
);

CREATE FUNCTION refuse_rewriting_erasures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'erasures are only added to';
END $$;
CREATE TRIGGER erasures_stay BEFORE DELETE ON erasure FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_erasures();
CREATE TRIGGER erasures_stay_as_they_are BEFORE UPDATE ON erasure FOR EACH ROW
    WHEN (OLD.finished_at IS NOT NULL AND NOT id_replaces_name(to_jsonb(OLD), to_jsonb(NEW), 'by'))
    EXECUTE FUNCTION refuse_rewriting_erasures();
CREATE TRIGGER erased_people_stay BEFORE UPDATE OR DELETE ON erased_person
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_erasures();
CREATE TRIGGER erased_words_stay BEFORE UPDATE OR DELETE ON erased_words
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_erasures();

-- What a provider's people should know before they meet a family: something practical, with a day on which it is looked at
-- again. Sealed under a key of the case's own. Never a sign of abuse: that is an update, and stops the case.
CREATE TABLE warning_note (
    note_id     uuid PRIMARY KEY,
    referral_id uuid NOT NULL REFERENCES referral,
    provider    text NOT NULL,
    sealed      jsonb NOT NULL CHECK (sealed ?& ARRAY['box', 'subject']),
    review_on   date NOT NULL,
    who         text NOT NULL,
    at          timestamptz NOT NULL,
    ended_by    text,
    ended_at    timestamptz CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX warning_note_referral ON warning_note (referral_id) WHERE ended_at IS NULL;

-- A worker who was warned must be able to rely on what they read: it is taken away, and never rewritten.
CREATE FUNCTION refuse_rewriting_warning() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a warning note is only ended';
END
$$;
CREATE TRIGGER warnings_are_only_ended BEFORE UPDATE ON warning_note
    FOR EACH ROW WHEN (
        (OLD.ended_at IS NOT NULL OR to_jsonb(OLD) - ARRAY['ended_by', 'ended_at'] <> to_jsonb(NEW) - ARRAY['ended_by', 'ended_at'])
        AND NOT id_replaces_name(to_jsonb(OLD), to_jsonb(NEW), 'who')
        AND NOT id_replaces_name(to_jsonb(OLD), to_jsonb(NEW), 'ended_by')
    ) EXECUTE FUNCTION refuse_rewriting_warning();

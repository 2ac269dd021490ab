-- A provider's worker asks a parent to answer a questionnaire by themselves: the link says which, and when it was answered.
ALTER TABLE parent_link
    ADD COLUMN instrument  text CHECK (instrument IN ('gad-7', 'phq-9')),
    ADD COLUMN occasion    text CHECK (occasion IN ('baseline', 'closure')),
    ADD COLUMN provider    text,
    ADD COLUMN answered_at timestamptz,
    ADD CONSTRAINT parent_link_asks CHECK (num_nonnulls(instrument, occasion, provider) IN (0, 3)),
    ADD CONSTRAINT parent_link_answers CHECK (answered_at IS NULL OR instrument IS NOT NULL);

-- What a link asks never changes, and it is answered once.
CREATE TRIGGER keep_questions_as_asked BEFORE UPDATE ON parent_link
    FOR EACH ROW WHEN (
        (OLD.instrument, OLD.occasion, OLD.provider) IS DISTINCT FROM (NEW.instrument, NEW.occasion, NEW.provider)
        OR (OLD.answered_at IS NOT NULL AND NEW.answered_at IS DISTINCT FROM OLD.answered_at)
    ) EXECUTE FUNCTION keep_link_as_made();

-- Under which key-encryption key a key is wrapped; null is the one from before keys had names. `cleared_at`: since when an
-- erased key is in no page of the table and in no segment of the write-ahead log either.
ALTER TABLE data_key ADD COLUMN kek text;
ALTER TABLE data_key ADD COLUMN cleared_at timestamptz;
CREATE INDEX data_key_to_clear ON data_key (erased_at) WHERE erased_at IS NOT NULL AND cleared_at IS NULL;

-- One way: what was erased stays erased, whoever asks, and its row stays, or a key could be made again under its id.
CREATE FUNCTION keep_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION 'the row of a data key stays, so that an erased one is never made again';
    END IF;
    IF NEW.subject <> OLD.subject OR NEW.kind <> OLD.kind THEN
        RAISE EXCEPTION 'a data key is of one person for good';
    END IF;
    IF OLD.wrapped IS NULL AND (NEW.wrapped IS NOT NULL OR NEW.erased_at IS DISTINCT FROM OLD.erased_at) THEN
        RAISE EXCEPTION 'an erased data key stays erased';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER erased_stays_erased BEFORE UPDATE OR DELETE ON data_key FOR EACH ROW EXECUTE FUNCTION keep_erased();
CREATE TRIGGER rows_stay BEFORE TRUNCATE ON data_key FOR EACH STATEMENT EXECUTE FUNCTION keep_erased();

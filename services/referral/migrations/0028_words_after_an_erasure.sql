-- Words about a case are under the case's own key, and under its next one once that was erased with somebody of the family.
DO $$
DECLARE
    bound record;
BEGIN
    FOR bound IN
        SELECT conrelid::regclass AS of_table, conname FROM pg_constraint
        WHERE conrelid IN ('case_note'::regclass, 'panel_item'::regclass, 'panel_view'::regclass) AND contype = 'c'
            AND pg_get_constraintdef(oid) LIKE '%''subject''%'
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', bound.of_table, bound.conname);
    END LOOP;
END
$$;
ALTER TABLE case_note ADD CONSTRAINT case_note_is_sealed CHECK (sealed ?& ARRAY['box', 'subject']);
ALTER TABLE panel_item ADD CONSTRAINT panel_minutes_are_sealed CHECK (minutes IS NULL OR minutes ?& ARRAY['box', 'subject']);
ALTER TABLE panel_view ADD CONSTRAINT panel_words_are_sealed CHECK (words IS NULL OR words ?& ARRAY['box', 'subject']);

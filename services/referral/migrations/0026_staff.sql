-- Whether a row changes in nothing but that the id of whoever acted takes the place of a name. What is only added to lets
-- that much pass.
CREATE FUNCTION id_replaces_name(before jsonb, after jsonb, of_column text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT before ->> of_column !~ '^staff-[0-9a-f]{32}$' AND after ->> of_column ~ '^staff-[0-9a-f]{32}$'
        AND before - of_column = after - of_column
$$;

-- A name that stands in the history, or beside a note, gives way to an id; nothing else of them ever changes.
DROP TRIGGER history_is_only_added_to ON case_history;
CREATE TRIGGER history_is_only_added_to BEFORE UPDATE ON case_history
    FOR EACH ROW WHEN (NOT id_replaces_name(to_jsonb(OLD), to_jsonb(NEW), 'who'))
    EXECUTE FUNCTION refuse_rewriting_history();
CREATE TRIGGER history_is_never_taken_out BEFORE DELETE ON case_history
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_history();

DROP TRIGGER notes_are_only_added_to ON case_note;
CREATE TRIGGER notes_are_only_added_to BEFORE UPDATE ON case_note
    FOR EACH ROW WHEN (NOT id_replaces_name(to_jsonb(OLD), to_jsonb(NEW), 'who'))
    EXECUTE FUNCTION refuse_rewriting_note();
CREATE TRIGGER notes_are_never_taken_out BEFORE DELETE ON case_note
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_note();

-- Whether a row changes in nothing but that the id of whoever acted takes the place of a name. What is only added to lets
-- that much pass.
CREATE FUNCTION id_replaces_name(before jsonb, after jsonb, of_column text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT before ->> of_column !~ '^staff-[0-9a-f]{32}$' AND after ->> of_column ~ '^staff-[0-9a-f]{32}$'
        AND before - of_column = after - of_column
$$;

-- A name that stands in the history of links gives way to an id; nothing else of it ever changes.
DROP TRIGGER links_are_only_added_to ON link_history;
CREATE TRIGGER links_are_only_added_to BEFORE UPDATE ON link_history
    FOR EACH ROW WHEN (NOT id_replaces_name(to_jsonb(OLD), to_jsonb(NEW), 'by'))
    EXECUTE FUNCTION refuse_rewriting_links();
CREATE TRIGGER links_are_never_taken_out BEFORE DELETE ON link_history
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_links();

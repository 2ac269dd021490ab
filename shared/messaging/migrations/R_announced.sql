-- Who looks at a page is shown what changes, within a second. While somebody looks, a statement that changes a table of
-- which that is announced notifies the services' processes; while nobody does, it costs a look at one row.
-- A schema of its own: the row is no row of the service's, and in no changelog.
CREATE SCHEMA IF NOT EXISTS live;
CREATE UNLOGGED TABLE IF NOT EXISTS live.watched (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    until timestamptz NOT NULL
);

-- The arguments of a trigger: a column of ids, the table of which they are, and the query that gives those that changed. It was
-- written when the trigger was made.
CREATE OR REPLACE FUNCTION live.announce_ids() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids uuid[];
BEGIN
    IF NOT EXISTS (SELECT FROM live.watched WHERE until > clock_timestamp()) THEN
        RETURN NULL;
    END IF;
    EXECUTE TG_ARGV[2] INTO ids;
    IF ids IS NOT NULL THEN
        -- A notification holds less than 8,000 bytes: of more than a hundred none is named.
        PERFORM pg_notify('live', jsonb_build_object(
            'table', TG_ARGV[1], 'column', TG_ARGV[0],
            'ids', CASE WHEN cardinality(ids) <= 100 THEN to_jsonb(ids) END)::text);
    END IF;
    RETURN NULL;
END
$$;

-- Announces changes of a table's rows by a column of ids, which the pages' addresses have or whose rows say who sees them.
-- `ids`: the query that gives them, where they are not those of that column of the changed rows; `those_of`: the table of which
-- they are then. May be called again.
DROP PROCEDURE IF EXISTS announce_changes(regclass, text);
CREATE OR REPLACE PROCEDURE announce_changes(
    of_table regclass, id_column text, ids text DEFAULT NULL, those_of regclass DEFAULT NULL,
    prefix text DEFAULT 'announced', kinds text[] DEFAULT '{insert,update,delete}'
) LANGUAGE plpgsql AS $$
DECLARE
    kind  text;
    query CONSTANT text := format('SELECT array_agg(id) FROM (SELECT DISTINCT id FROM (%s) AS found (id) LIMIT 101) AS few',
        coalesce(ids, format('SELECT %I FROM changed', id_column)));
BEGIN
    FOREACH kind IN ARRAY kinds LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER %I AFTER %s ON %s REFERENCING %s TABLE AS changed
                FOR EACH STATEMENT EXECUTE FUNCTION live.announce_ids(%L, %L, %L)',
            prefix || '_' || kind, kind, of_table, CASE kind WHEN 'delete' THEN 'OLD' ELSE 'NEW' END,
            id_column, coalesce(those_of, of_table)::text, query);
    END LOOP;
END
$$;

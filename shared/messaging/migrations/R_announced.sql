-- Who looks at a page is shown what changes, within a second. While somebody looks, a statement that changes a table of
-- which that is announced notifies the services' processes; while nobody does, it costs a look at one row.
-- A schema of its own: the row is no row of the service's, and in no changelog.
CREATE SCHEMA IF NOT EXISTS live;
CREATE UNLOGGED TABLE IF NOT EXISTS live.watched (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    until timestamptz NOT NULL
);

-- The arguments of a trigger: a column of ids; where they are not those of that column of the changed rows, the query that
-- gives them, and the table of which they are.
CREATE OR REPLACE FUNCTION live.announce() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    most CONSTANT int := 100;  -- A notification holds less than 8,000 bytes.
    ids  uuid[];
BEGIN
    IF NOT EXISTS (SELECT FROM live.watched WHERE until > clock_timestamp()) THEN
        RETURN NULL;
    END IF;
    EXECUTE format('SELECT array_agg(id) FROM (SELECT DISTINCT id FROM (%s) AS found (id) LIMIT %s) AS few',
            coalesce(TG_ARGV[1], format('SELECT %I FROM changed', TG_ARGV[0])), most + 1)
        INTO ids;
    IF ids IS NOT NULL THEN
        PERFORM pg_notify('live', jsonb_build_object(
            'table', coalesce(TG_ARGV[2], TG_TABLE_NAME),
            'column', TG_ARGV[0],
            'ids', CASE WHEN cardinality(ids) <= most THEN to_jsonb(ids) END)::text);
    END IF;
    RETURN NULL;
END
$$;

-- Announces changes of a table's rows by a column of ids, which the pages' addresses have or whose rows say who sees them.
-- May be called again.
CREATE OR REPLACE PROCEDURE announce_changes(of_table regclass, id_column text) LANGUAGE plpgsql AS $$
DECLARE
    each record;
BEGIN
    FOR each IN VALUES ('insert', 'NEW'), ('update', 'NEW'), ('delete', 'OLD') LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER %I AFTER %s ON %s REFERENCING %s TABLE AS changed
                FOR EACH STATEMENT EXECUTE FUNCTION live.announce(%L)',
            'announced_' || each.column1, each.column1, of_table, each.column2, id_column);
    END LOOP;
END
$$;

-- Which rows of the service's tables have changed since the changelog topic was written last. Only where a row is: its
-- image is read when it is sent, so a row that changes often is sent once.
CREATE TABLE changed_row (
    of_table text NOT NULL,
    key      jsonb NOT NULL
) WITH (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);

CREATE FUNCTION refuse_another_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the primary key of a row of % does not change: its image in the changelog would stay behind',
        TG_TABLE_NAME;
END $$;

-- Lets the database itself note every change, so that no code can forget to. What the event core keeps of its own way is
-- left out: ids that were claimed and rows that wait for the relay. Safe to repeat: tables that are new are added, with
-- the rows that they have.
CREATE PROCEDURE keep_changelog() LANGUAGE plpgsql AS $$
DECLARE
    known record;
BEGIN
    FOR known IN
        SELECT class.relname AS name,
            string_agg(format('%1$L, r.%1$I', a.attname), ', ' ORDER BY k.place)
                FILTER (WHERE a.attname IS NOT NULL) AS pairs,
            string_agg(format('%I', a.attname), ', ' ORDER BY k.place)
                FILTER (WHERE a.attname IS NOT NULL) AS columns
        FROM pg_class AS class
        LEFT JOIN pg_index AS i ON i.indrelid = class.oid AND i.indisprimary
        LEFT JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place) ON true
        LEFT JOIN pg_attribute AS a ON a.attrelid = class.oid AND a.attnum = k.attnum
        WHERE class.relnamespace = 'public'::regnamespace AND class.relkind = 'r'
            AND class.relname <> ALL (ARRAY[
                'changed_row', 'inbox', 'inbox_age', 'inbox_before', 'outbox', 'relay_clear', 'schema_migration'])
            AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = class.oid AND tgname = 'changelog_insert')
        GROUP BY class.relname
        ORDER BY class.relname
    LOOP
        IF known.columns IS NULL THEN
            RAISE EXCEPTION 'table % has no primary key: its rows could not be told apart in the changelog', known.name;
        END IF;
        EXECUTE format(
            'CREATE FUNCTION changelog_of_%1$s() RETURNS trigger LANGUAGE plpgsql AS $f$
            BEGIN
                INSERT INTO changed_row SELECT %1$L, jsonb_build_object(%2$s) FROM changed AS r;
                RETURN NULL;
            END $f$;
            CREATE FUNCTION changelog_of_all_of_%1$s() RETURNS trigger LANGUAGE plpgsql AS $f$
            BEGIN
                INSERT INTO changed_row SELECT %1$L, jsonb_build_object(%2$s) FROM %1$I AS r;
                RETURN NULL;
            END $f$',
            known.name, known.pairs);
        EXECUTE format(
            'CREATE TRIGGER changelog_insert AFTER INSERT ON %1$I REFERENCING NEW TABLE AS changed
                FOR EACH STATEMENT EXECUTE FUNCTION changelog_of_%1$s();
            CREATE TRIGGER changelog_update AFTER UPDATE ON %1$I REFERENCING NEW TABLE AS changed
                FOR EACH STATEMENT EXECUTE FUNCTION changelog_of_%1$s();
            CREATE TRIGGER changelog_delete AFTER DELETE ON %1$I REFERENCING OLD TABLE AS changed
                FOR EACH STATEMENT EXECUTE FUNCTION changelog_of_%1$s();
            CREATE TRIGGER changelog_truncate BEFORE TRUNCATE ON %1$I
                FOR EACH STATEMENT EXECUTE FUNCTION changelog_of_all_of_%1$s();
            CREATE TRIGGER changelog_key BEFORE UPDATE OF %2$s ON %1$I
                FOR EACH ROW WHEN (%3$s)
                EXECUTE FUNCTION refuse_another_key();
            INSERT INTO changed_row SELECT %1$L, jsonb_build_object(%4$s) FROM %1$I AS r;',
            known.name, known.columns,
            (SELECT string_agg(format('OLD.%1$s IS DISTINCT FROM NEW.%1$s', part), ' OR ')
                FROM unnest(string_to_array(known.columns, ', ')) AS part),
            known.pairs);
    END LOOP;
END $$;

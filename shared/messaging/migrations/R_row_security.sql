-- Row security. A connection says in `parley.reach` how far it reads; one that says nothing sees no guarded row.
CREATE OR REPLACE FUNCTION reach() RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('parley.reach', true), '')::jsonb
$$;

CREATE OR REPLACE FUNCTION reaches_everywhere() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(reach() -> 'scopes' ? 'everywhere', false)
$$;

-- Whether a record that belongs so is within reach: as `Reach.covers` in shared/access/scopes.py has it.
CREATE OR REPLACE FUNCTION covers(reach jsonb, areas text[], agency text, provider text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(
        reach -> 'scopes' ? 'everywhere'
        OR reach -> 'scopes' ? 'own-area' AND is_shared
        OR (is_shared OR jsonb_array_length(reach -> 'areas') = 0) AND (
            reach -> 'scopes' ? 'own-agency' AND reach ->> 'agency' = agency
            OR reach -> 'scopes' ? 'own-provider' AND reach ->> 'provider' = provider
        ),
        false
    )
    FROM (SELECT coalesce(reach -> 'areas' ?| areas, false) AS is_shared) AS of_areas
$$;

-- Guards the rows of a table, from its owner too. Handlers read and write all of them; whoever asks over HTTP reads
-- those that belong to their reach, and writes none. `areas`, `agency` and `provider` say as SQL where a row belongs;
-- without `areas` nobody but handlers reads the table. Subqueries are evaluated once a query, not once a row. May be
-- called again.
CREATE OR REPLACE PROCEDURE guard_rows(of_table regclass, areas text = NULL, agency text = 'NULL', provider text = 'NULL')
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'ALTER TABLE %1$s ENABLE ROW LEVEL SECURITY;
        ALTER TABLE %1$s FORCE ROW LEVEL SECURITY;
        DROP POLICY IF EXISTS everything ON %1$s;
        DROP POLICY IF EXISTS within_reach ON %1$s;
        CREATE POLICY everything ON %1$s
            USING ((SELECT reaches_everywhere())) WITH CHECK ((SELECT reaches_everywhere()))',
        of_table);
    IF areas IS NOT NULL THEN
        -- Policies are tried in any order, and where a row belongs may be dear to find out, and need this very table.
        EXECUTE format(
            'CREATE POLICY within_reach ON %1$s FOR SELECT USING (
                CASE WHEN (SELECT reaches_everywhere()) THEN false
                ELSE covers((SELECT reach()), %2$s, %3$s, %4$s) END)',
            of_table, areas, agency, provider);
    END IF;
END $$;

-- Who asks over HTTP reads these through the operator's pages alone. The outbox is written by COPY, on the way of every
-- event, and holds a row for moments: it stays as it is.
CALL guard_rows('dead_letter');
CALL guard_rows('dead_letter_audit');
CALL guard_rows('outbox_set_aside');
CALL guard_rows('outbox_set_aside_part');
CALL guard_rows('staff');

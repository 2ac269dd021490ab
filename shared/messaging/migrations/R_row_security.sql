-- Row security. A connection says in `parley.reach` how far it reads; one that says nothing sees no guarded row.
CREATE OR REPLACE FUNCTION reach() RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('parley.reach', true), '')::jsonb
$$;

CREATE OR REPLACE FUNCTION reaches_everywhere() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(reach() -> 'scopes' ? 'everywhere', false)
$$;

-- What a reach is made of. Policies read each by a subquery, which is evaluated once a query and not once a row.
-- The areas that whoever reads has. One who has none is bound by none in what is of their agency or provider.
CREATE OR REPLACE FUNCTION reach_areas() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT ARRAY(SELECT jsonb_array_elements_text(reach() -> 'areas'))
$$;

-- The areas of which everything is within reach; NULL without a right to whole areas.
CREATE OR REPLACE FUNCTION whole_areas() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT reach_areas() WHERE reach() -> 'scopes' ? 'own-area'
$$;

CREATE OR REPLACE FUNCTION reach_agency() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT reach() ->> 'agency' WHERE reach() -> 'scopes' ? 'own-agency'
$$;

CREATE OR REPLACE FUNCTION reach_provider() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT reach() ->> 'provider' WHERE reach() -> 'scopes' ? 'own-provider'
$$;

-- Guards the rows of a table, from its owner too. Handlers read and write all of them; whoever asks over HTTP reads
-- those that belong to their reach, and writes none. `areas`, `agency` and `provider` say as SQL where a row belongs, as
-- `Reach.covers` in shared/access/scopes.py has it; or `within` says as SQL whether a row is within reach, where that
-- follows from another guarded table. Without any of them nobody but handlers reads the table. May be called again.
DROP PROCEDURE IF EXISTS guard_rows(regclass, text, text, text);
CREATE OR REPLACE PROCEDURE guard_rows(
    of_table regclass, areas text = NULL, agency text = 'NULL', provider text = 'NULL', within text = NULL
) LANGUAGE plpgsql AS $$
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
        within := format(
            'CASE
                WHEN %2$s = (SELECT reach_agency()) OR %3$s = (SELECT reach_provider())
                    THEN (SELECT reach_areas()) = ''{}'' OR %1$s && (SELECT reach_areas())
                ELSE %1$s && (SELECT whole_areas())
            END',
            areas, agency, provider);
    END IF;
    IF within IS NOT NULL THEN
        -- Policies are tried in any order, and where a row belongs may be dear to find out, and need this very table.
        EXECUTE format(
            'CREATE POLICY within_reach ON %1$s FOR SELECT USING (
                CASE WHEN (SELECT reaches_everywhere()) THEN false ELSE %2$s END)',
            of_table, within);
    END IF;
END $$;

-- Who asks over HTTP reads these through the operator's pages alone. The outbox is written by COPY, on the way of every
-- event, and holds a row for moments: it stays as it is.
CALL guard_rows('dead_letter');
CALL guard_rows('dead_letter_audit');
CALL guard_rows('outbox_set_aside');
CALL guard_rows('outbox_set_aside_part');
CALL guard_rows('staff');

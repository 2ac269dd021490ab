-- What the summary and the pages show is counted from the star, as the board's report is: the views that counted it here
-- go, with the table of each day's counts.
DROP TABLE IF EXISTS indicator, indicator_day;

DO $$
DECLARE
    counted record;
BEGIN
    FOR counted IN
        SELECT viewname FROM pg_views
        WHERE schemaname = current_schema() AND (
            viewname LIKE 'summary\_%'
            OR viewname IN (
                'indicator_base', 'case_cost', 'reached_parent', 'current_training', 'chosen_case', 'parent_path'
            )
        )
    LOOP
        -- One may stand on another, and went with it.
        EXECUTE format('DROP VIEW IF EXISTS %I CASCADE', counted.viewname);
    END LOOP;
END $$;

DROP FUNCTION IF EXISTS chosen(text);
DROP FUNCTION IF EXISTS chosen_areas();

-- A mail that a training is held on another day or elsewhere, and where one is held.
ALTER TABLE email ADD COLUMN venue text;

DO $$
DECLARE
    each  record;
    known text;
BEGIN
    -- What such a mail has to have is what one about a place has.
    FOR each IN
        SELECT conname, pg_get_expr(conbin, conrelid) AS rule FROM pg_constraint
        WHERE conrelid = 'email'::regclass
            AND conname IN ('email_about_check', 'email_says_a_day', 'email_of_a_place_has_a_page', 'email_of_a_place_says_how')
    LOOP
        known := CASE each.conname WHEN 'email_about_check' THEN 'true'
            WHEN 'email_says_a_day' THEN 'on_day IS NOT NULL'
            WHEN 'email_of_a_place_has_a_page' THEN 'page IS NOT NULL'
            ELSE 'delivery IS NOT NULL' END;
        EXECUTE format('ALTER TABLE email DROP CONSTRAINT %I', each.conname);
        EXECUTE format('ALTER TABLE email ADD CONSTRAINT %I CHECK (CASE WHEN about = ''training-moved'' THEN %s ELSE %s END)',
            each.conname, known, each.rule);
    END LOOP;
END
$$;

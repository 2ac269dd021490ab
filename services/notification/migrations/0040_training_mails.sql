-- Mails to whoever signs up for a training: that they have a place, that it begins tomorrow, that it does not take place, that
-- their certificate is ready. `page` is the path of their own page about it; `delivery` is how the training is held.
ALTER TABLE email ADD COLUMN page text, ADD COLUMN delivery text;

-- What mails may be about, and which of them have a day, is added to what was there.
DO $$
DECLARE
    more constant text := 'about IN (''training-place'', ''training-comes-up'', ''training-called-off'', ''training-certificate'')';
    known text := (
        SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint
        WHERE conname = 'email_about_check' AND conrelid = 'email'::regclass
    );
BEGIN
    EXECUTE format(
        'ALTER TABLE email DROP CONSTRAINT email_about_check, ADD CONSTRAINT email_about_check CHECK ((%s) OR %s)',
        known, more);
    known := (
        SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint
        WHERE conname = 'email_says_a_day' AND conrelid = 'email'::regclass
    );
    EXECUTE format(
        'ALTER TABLE email DROP CONSTRAINT email_says_a_day,
            ADD CONSTRAINT email_says_a_day CHECK (CASE WHEN %s THEN on_day IS NOT NULL ELSE %s END),
            ADD CONSTRAINT email_of_a_place_has_a_page CHECK ((%s) = (page IS NOT NULL)),
            ADD CONSTRAINT email_of_a_place_says_how CHECK (
                (about IN (''training-place'', ''training-comes-up'')) = (delivery IS NOT NULL))',
        more, known, more);
END
$$;

-- Every mail that calls its reader to a page has that page's path, about a parent's request as well as about a training. What was
-- queued before gets it here; a mail about a training is still refused without one.
ALTER TABLE email
    DROP CONSTRAINT email_of_a_place_has_a_page,
    ADD CONSTRAINT email_of_a_place_has_a_page CHECK (
        CASE WHEN about IN ('training-place', 'training-comes-up', 'training-called-off', 'training-certificate')
            THEN page IS NOT NULL
            ELSE page IS NULL OR about IN ('help-requested', 'help-requested-danger') END);
UPDATE email SET page = '/screening/pages/requests'
    WHERE about IN ('help-requested', 'help-requested-danger') AND page IS NULL AND status = 'queued';

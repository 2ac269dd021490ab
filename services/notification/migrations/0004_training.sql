-- Reminders to practitioners about their own training. They are about no case and no family, so no case's stop concerns
-- them, and they say nothing of any.
ALTER TABLE email
    DROP CONSTRAINT email_about_check,
    ADD CONSTRAINT email_about_check
        CHECK (about IN ('answer', 'referral', 'reminder', 'training-follow-up', 'training-renewal')),
    DROP CONSTRAINT email_check1,
    ADD CONSTRAINT email_says_a_day
        CHECK ((about IN ('reminder', 'training-follow-up', 'training-renewal')) = (on_day IS NOT NULL)),
    ALTER COLUMN case_id DROP NOT NULL,
    ADD COLUMN training_id uuid,
    ADD CONSTRAINT email_is_about_one_thing CHECK (num_nonnulls(case_id, training_id) = 1),
    ADD CONSTRAINT email_of_training_names_no_case CHECK (starts_with(about, 'training-') = (training_id IS NOT NULL));

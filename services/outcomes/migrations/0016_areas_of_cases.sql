-- In which areas a case was screened or referred, and a practitioner screened or was trained: as each screening, referral
-- and training says. Row security asks these, since it can ask no table about itself. One row for what each has said: two
-- batches at once never wait for each other.
CREATE TABLE case_area (
    case_id uuid NOT NULL,
    told_by uuid NOT NULL,
    area    text NOT NULL,
    PRIMARY KEY (case_id, told_by)
);
CREATE TABLE practitioner_area (
    practitioner_id uuid NOT NULL,
    told_by         uuid NOT NULL,
    area            text NOT NULL,
    PRIMARY KEY (practitioner_id, told_by, area)
);

CREATE FUNCTION note_areas_of_screenings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO case_area SELECT case_id, submission_id, area FROM added ON CONFLICT DO NOTHING;
    INSERT INTO practitioner_area SELECT practitioner_id, submission_id, area FROM added
        WHERE practitioner_id IS NOT NULL ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER areas_of_screenings AFTER INSERT ON screening
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_areas_of_screenings();

CREATE FUNCTION note_areas_of_referrals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO case_area SELECT case_id, referral_id, area FROM added ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER areas_of_referrals AFTER INSERT ON referral
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_areas_of_referrals();

CREATE FUNCTION note_areas_of_trainings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO practitioner_area SELECT practitioner_id, training_id, unnest(areas) FROM added ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER areas_of_trainings AFTER INSERT ON training_said
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_areas_of_trainings();

INSERT INTO case_area SELECT case_id, submission_id, area FROM screening;
INSERT INTO case_area SELECT case_id, referral_id, area FROM referral ON CONFLICT DO NOTHING;
INSERT INTO practitioner_area SELECT practitioner_id, submission_id, area FROM screening WHERE practitioner_id IS NOT NULL
    ON CONFLICT DO NOTHING;
INSERT INTO practitioner_area SELECT practitioner_id, training_id, unnest(areas) FROM training_said ON CONFLICT DO NOTHING;

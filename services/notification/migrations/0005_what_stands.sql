-- What stands of a case, who takes part in it now, and what its front door was told last.

-- What the front door was told, and what is so: see domain/told.py. Null for a case from before.
ALTER TABLE pathway_case ADD progress jsonb;

-- Whose screenings may be one parent's own: a family that refers itself.
CREATE TABLE agency (
    agency              text PRIMARY KEY,
    takes_self_referrals boolean NOT NULL,
    entry_offset        bigint NOT NULL
);

-- The newest change of the family that a coordinator has looked at, and which one the provider was told. Null: none.
ALTER TABLE referral ADD changed jsonb, ADD family_told integer;

-- As of the screening that the details came with; null in rows from before. What a person has to look at first is
-- shared with nobody until a referral or a change of the family names its screening or a later one.
ALTER TABLE parent_details ADD revision integer, ADD stands boolean, ADD look_first boolean;

-- Screenings that their front doors took back, and what stands instead, from which revision on.
CREATE TABLE taken_back (
    case_id       uuid NOT NULL REFERENCES pathway_case,
    submission_id uuid NOT NULL,
    stands        uuid,
    revision      integer NOT NULL,
    PRIMARY KEY (case_id, submission_id)
);

-- The time that a provider was told with the details that it has: a correction's is always after it.
ALTER TABLE shared_details ADD as_of timestamptz;

-- The parent whom a reminder is about, so that it can be withdrawn where they take part no longer.
ALTER TABLE email ADD person_id uuid;

-- Who has a practitioner's cases now, `{name, email}` sealed under that one's key.
CREATE TABLE handover (
    practitioner_id uuid PRIMARY KEY,
    to_id           uuid NOT NULL,
    sealed          jsonb NOT NULL,
    handed_over_at  timestamptz NOT NULL
);

-- The harm: another family's record under this family's reference, or a new partner under an old one, and the provider
-- writes to a stranger, or to somebody from whom a parent has fled. So nothing of a person goes to a provider who is not
-- one of those who take part, as it was agreed or as a coordinator has confirmed since.
CREATE FUNCTION refuse_details_of_a_stranger() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told jsonb := convert_from(NEW.value, 'UTF8')::jsonb;
BEGIN
    PERFORM 1 FROM referral
    WHERE referral_id = (told ->> 'referral_id')::uuid
        AND CASE WHEN (changed ->> 'sequence')::integer > agreed_sequence THEN changed ELSE terms END -> 'parents'
            @> jsonb_build_array(jsonb_build_object('person_id', told ->> 'person_id'));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'refused: this person takes no part in the referral' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refuse_details_of_a_stranger BEFORE INSERT ON outbox
    FOR EACH ROW WHEN (
        starts_with(NEW.topic, 'provider.') AND NEW.headers @> '[["ce_type", "parley.parent-details-shared.v1"]]'
    ) EXECUTE FUNCTION refuse_details_of_a_stranger();

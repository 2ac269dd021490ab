-- A provider that reads in the pages and has no key: nothing is sealed for it, and each parent's details are opened there.
ALTER TABLE provider ADD COLUMN name text, ADD COLUMN reads_pages boolean NOT NULL DEFAULT false;
CREATE INDEX referral_provider ON referral (provider);

-- Who of a provider opened a parent's details, when and why. It is only added to.
CREATE TABLE details_opening (
    opening_id  uuid PRIMARY KEY,
    case_id     uuid NOT NULL,
    referral_id uuid NOT NULL REFERENCES referral,
    person_id   uuid NOT NULL,
    at          timestamptz NOT NULL,
    who         text NOT NULL,
    reason      text NOT NULL
);
CREATE INDEX details_opening_referral ON details_opening (referral_id, at);

CREATE FUNCTION refuse_rewriting_opening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'who opened details is only added to';
END
$$;
CREATE TRIGGER openings_are_only_added_to BEFORE UPDATE OR DELETE ON details_opening
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_opening();

-- The last gate before somebody of a provider reads a parent's details, whatever code asks: an opening is stored first.
-- The harm is that of an unsafe offer (0001), at any later hour: the case was stopped or held, or one of the family has
-- been restricted, and a worker who still has the page in front of them writes to both parents. So nothing is opened but
-- what the provider was given, of somebody who takes part, while nothing is known against it.
CREATE FUNCTION refuse_unsafe_opening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM referral JOIN pathway_case USING (case_id) JOIN shared_details USING (referral_id)
    WHERE referral.referral_id = NEW.referral_id AND referral.case_id = NEW.case_id
        AND shared_details.person_id = NEW.person_id
        AND NOT pathway_case.abuse
        AND pathway_case.stop_sequence < referral.agreed_sequence
        AND pathway_case.hold_sequence <= greatest(pathway_case.resume_sequence, referral.agreed_sequence)
        AND referral.ended_sequence = -1
        AND referral.offers > referral.stops
        AND CASE WHEN (changed ->> 'sequence')::integer > agreed_sequence THEN changed ELSE terms END -> 'parents'
            @> jsonb_build_array(jsonb_build_object('person_id', NEW.person_id))
        AND NOT EXISTS (SELECT FROM restriction WHERE restriction.case_id = NEW.case_id AND restricted);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'refused: nothing of this family is opened now' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refuse_unsafe_opening BEFORE INSERT ON details_opening
    FOR EACH ROW EXECUTE FUNCTION refuse_unsafe_opening();

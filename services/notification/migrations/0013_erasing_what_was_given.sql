-- The last gate before a provider, as in 0002, with one more that may pass: that a provider is to erase what it was given of
-- a person, whatever became of the case since. It was refused for a case that was stopped, held or ended, and then the
-- provider kept the details. It names nobody but by an id that the provider has.
CREATE OR REPLACE FUNCTION refuse_unsafe_offer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told jsonb := convert_from(NEW.value, 'UTF8')::jsonb;
    follow_up boolean := NEW.headers @> '[["ce_type", "parley.follow-up-asked.v1"]]';
    erasure boolean := NEW.headers @> '[["ce_type", "parley.person-erased-shared.v1"]]';
BEGIN
    IF NEW.headers @> '[["ce_type", "parley.referral-stopped.v1"]]' THEN
        RETURN NEW;
    END IF;
    PERFORM 1 FROM referral JOIN pathway_case USING (case_id)
    WHERE referral.referral_id = (told ->> 'referral_id')::uuid
        AND referral.case_id = (told ->> 'case_id')::uuid
        AND NEW.key = convert_to(referral.case_id::text, 'UTF8')
        AND NEW.topic = 'provider.' || referral.provider || '.referrals'
        AND CASE WHEN erasure THEN
            EXISTS (
                SELECT FROM shared_details AS given
                WHERE given.referral_id = referral.referral_id AND given.person_id = (told ->> 'person_id')::uuid
            )
        ELSE
            NOT pathway_case.abuse
            AND CASE WHEN follow_up THEN referral.offers > referral.stops ELSE
                pathway_case.stop_sequence < referral.agreed_sequence
                AND pathway_case.hold_sequence <= greatest(pathway_case.resume_sequence, referral.agreed_sequence)
                AND referral.ended_sequence = -1
            END
        END;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'refused: this case must not go to a provider' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;

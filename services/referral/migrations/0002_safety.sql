-- What the code must never do, refused here too: a mistake in a decider, a script or a hand at the console does not
-- get past these.

-- The harm: mediation, couple support or counselling puts a person beside the one who controls or hurts them, and tells
-- that person where and when. A referral of a case with a sign of abuse can get somebody killed. So no such row, ever.
CREATE FUNCTION refuse_referral_after_sign_of_abuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM referral_case
        WHERE case_id = NEW.case_id AND abuse_sign_at IS NULL AND state <> 'halted' FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a case with a sign of abuse is never referred to a conflict service';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_referral_after_sign_of_abuse BEFORE INSERT ON referral
    FOR EACH ROW EXECUTE FUNCTION refuse_referral_after_sign_of_abuse();

-- A referral that is over stays over: who was told to stop is never set to work again by the same row.
CREATE FUNCTION refuse_referral_out_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a referral that has ended does not go out again';
END $$;
CREATE TRIGGER no_referral_out_again BEFORE UPDATE ON referral
    FOR EACH ROW WHEN (OLD.status <> 'out' AND NEW.status = 'out') EXECUTE FUNCTION refuse_referral_out_again();

-- The outbox is the only way to a provider: contact details follow a referral-agreed. It leaves only for a referral that
-- stands in the table above, of a case without a sign of abuse at the moment of sending.
CREATE FUNCTION refuse_agreement_after_sign_of_abuse() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told jsonb := convert_from(NEW.value, 'UTF8')::jsonb;
BEGIN
    PERFORM FROM referral JOIN referral_case USING (case_id)
        WHERE referral.referral_id = (told ->> 'referral_id')::uuid
            AND referral.case_id = (told ->> 'case_id')::uuid
            AND referral.provider = told ->> 'provider'
            AND referral_case.abuse_sign_at IS NULL
        FOR SHARE OF referral_case;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'referral-agreed is sent only for a referral that stands, of a case without a sign of abuse';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_agreement_after_sign_of_abuse BEFORE INSERT OR UPDATE ON outbox
    FOR EACH ROW WHEN (NEW.topic = 'referral-agreed') EXECUTE FUNCTION refuse_agreement_after_sign_of_abuse();

-- A sign of abuse is not taken back: who takes it back by mistake opens the way to the harm above.
CREATE FUNCTION refuse_forgetting_sign_of_abuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a sign of abuse stays with its case';
END $$;
CREATE TRIGGER sign_of_abuse_stays BEFORE UPDATE ON referral_case
    FOR EACH ROW WHEN (OLD.abuse_sign_at IS NOT NULL AND NEW.abuse_sign_at IS DISTINCT FROM OLD.abuse_sign_at)
    EXECUTE FUNCTION refuse_forgetting_sign_of_abuse();
CREATE TRIGGER case_with_sign_of_abuse_stays BEFORE DELETE ON referral_case
    FOR EACH ROW WHEN (OLD.abuse_sign_at IS NOT NULL) EXECUTE FUNCTION refuse_forgetting_sign_of_abuse();

-- The history is what a serious case review reads: lines are added, never changed and never taken out.
CREATE FUNCTION refuse_rewriting_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of a case is only added to';
END $$;
CREATE TRIGGER history_is_only_added_to BEFORE UPDATE OR DELETE ON case_history
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_history();

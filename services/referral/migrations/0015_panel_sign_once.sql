-- That a member sees abuse is asked in one place, for the panel's own referrals as for everybody's: two wordings of one
-- safety rule come apart with the first change to one of them.
DROP TRIGGER no_referral_that_a_member_sees_abuse_in ON referral;
CREATE TRIGGER no_referral_that_a_member_sees_abuse_in BEFORE INSERT ON referral
    FOR EACH ROW EXECUTE FUNCTION refuse_referral_that_a_member_sees_abuse_in();

CREATE OR REPLACE FUNCTION refuse_agreement_that_no_panel_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM panel_item WHERE panel_item.case_id = NEW.case_id AND decision = 'agree';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no panel has agreed this referral';
    END IF;
    RETURN NEW;
END $$;

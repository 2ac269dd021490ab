-- The harm: a member of the panel sees that one parent is in danger, and the case is taken back from the panel and agreed
-- all the same: by a coordinator who has not read the view, by an area's setting, by a place that comes free. So while any
-- member's newest view is the specialist pathway, nobody refers the case; 0007 says the same of the panel itself.
CREATE INDEX panel_view_case ON panel_view (case_id, member_id, id DESC);

CREATE FUNCTION panel_sees_abuse(the_case uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM (
            SELECT DISTINCT ON (member_id) recommendation FROM panel_view
            WHERE panel_view.case_id = the_case ORDER BY member_id, id DESC
        ) AS newest WHERE recommendation = 'specialist-pathway'
    )
$$;

CREATE FUNCTION refuse_referral_that_a_member_sees_abuse_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF panel_sees_abuse(NEW.case_id) THEN
        RAISE EXCEPTION 'a member of the panel recommends the specialist pathway for this case';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_referral_that_a_member_sees_abuse_in BEFORE INSERT ON referral
    FOR EACH ROW WHEN (NEW.agreed_by <> 'panel') EXECUTE FUNCTION refuse_referral_that_a_member_sees_abuse_in();

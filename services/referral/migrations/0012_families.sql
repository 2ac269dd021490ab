-- Families across front doors: which of them are one, what was looked for, and one open case for each.

-- Front doors' families with the same `family_id` are one. `revision` is that of the event which said so.
ALTER TABLE family
    ADD family_id uuid,
    ADD revision  bigint NOT NULL DEFAULT 0;
CREATE INDEX family_linked ON family (family_id) WHERE family_id IS NOT NULL;

-- Front doors' families, and all that are one with them.
CREATE FUNCTION family_and_linked(agencies text[], refs text[]) RETURNS TABLE (agency text, family_ref text)
LANGUAGE sql STABLE AS $$
    SELECT named.agency, named.family_ref FROM unnest(agencies, refs) AS named (agency, family_ref)
    UNION
    SELECT other.agency, other.family_ref FROM unnest(agencies, refs) AS named (agency, family_ref)
    JOIN family AS own USING (agency, family_ref) JOIN family AS other ON other.family_id = own.family_id
$$;

-- Whether a screening's family was looked for, and what was found. Nothing is agreed before.
CREATE TABLE recognition (
    agency        text NOT NULL,
    submission_id uuid NOT NULL,
    outcome       text NOT NULL CHECK (outcome IN ('alone', 'linked', 'doubtful')),
    revision      bigint NOT NULL,
    PRIMARY KEY (agency, submission_id)
);
-- Nobody looks for the families of screenings from before: a person, or their area's setting, has decided about them.
INSERT INTO recognition SELECT agency, submission_id, 'alone', 0 FROM referral_case WHERE submission_id IS NOT NULL
    ON CONFLICT DO NOTHING;

ALTER TABLE referral_case ADD joined_to uuid REFERENCES referral_case;
ALTER TABLE referral_case ADD CHECK ((state = 'joined') = (joined_to IS NOT NULL));
ALTER TABLE referral_case ADD CHECK (joined_to <> case_id);
ALTER TABLE referral_case DROP CONSTRAINT referral_case_state_check;
ALTER TABLE referral_case ADD CONSTRAINT referral_case_state_check CHECK (state IN (
    'new', 'not-referred', 'awaiting-coordinator', 'returned', 'at-panel', 'waiting-list', 'refused', 'offered',
    'accepted', 'assessed', 'in-sessions', 'on-hold', 'closed', 'halted', 'joined'));

-- The harm: the same two parents are known by a school and by the police. The police know of the abuse; the school's
-- referral would bring the two into one room all the same. And two providers must not write to one family at once. So
-- no referral of a case whose family has a sign of abuse, or another referral that is out, through any front door.
CREATE FUNCTION refuse_referral_beside_family() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM referral_case AS this
        JOIN family AS own ON (own.agency, own.family_ref) = (this.agency, this.family_ref)
        JOIN family AS linked ON linked.family_id = own.family_id
        JOIN referral_case AS other ON (other.agency, other.family_ref) = (linked.agency, linked.family_ref)
        WHERE this.case_id = NEW.case_id AND other.case_id <> this.case_id AND (
            other.abuse_sign_at IS NOT NULL
            OR EXISTS (SELECT FROM referral WHERE referral.case_id = other.case_id AND referral.status = 'out')
        );
    IF FOUND THEN
        RAISE EXCEPTION 'the family has a sign of abuse or another referral through a front door that it is linked with';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_referral_beside_family BEFORE INSERT ON referral
    FOR EACH ROW EXECUTE FUNCTION refuse_referral_beside_family();

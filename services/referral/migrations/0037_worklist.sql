-- What the worklist is read by, in the row of the case: so that a page of it is read from an index, in its order, whatever
-- the number of cases. Row security lets an index be searched by plain comparisons of columns alone.
ALTER TABLE referral_case
    -- How urgent the line is however long it waits (R_urgency.sql).
    ADD waiting_urgency smallint,
    -- Who has the case in hand: the assignment that is not over.
    ADD holder          text,
    -- The front door's reference as it is searched for.
    ADD family_key      text COLLATE "C";

-- What it is, R_urgency.sql has, which is applied after this and puts every line in its place.
CREATE FUNCTION lasting_urgency(reason text, level_of_need text) RETURNS smallint LANGUAGE sql IMMUTABLE AS $$
    SELECT 0::smallint
$$;

-- A trigger and not the writer: a process of an earlier release may still write beside this one, and a line without its
-- place would be seen by nobody.
CREATE FUNCTION place_on_worklist() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.family_key := lower(NEW.family_ref);
    NEW.waiting_urgency := CASE WHEN NEW.waiting_reason IS NOT NULL
        THEN lasting_urgency(NEW.waiting_reason, NEW.family ->> 'level_of_need') END;
    RETURN NEW;
END $$;

CREATE FUNCTION follow_holder() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    now_held_by text := (SELECT coordinator FROM assignment WHERE case_id = NEW.case_id AND until IS NULL);
BEGIN
    UPDATE referral_case SET holder = now_held_by WHERE case_id = NEW.case_id AND holder IS DISTINCT FROM now_held_by;
    RETURN NULL;
END $$;
CREATE TRIGGER holder_follows_assignment AFTER INSERT OR UPDATE ON assignment
    FOR EACH ROW EXECUTE FUNCTION follow_holder();

UPDATE referral_case SET family_key = lower(family_ref), holder = (
    SELECT coordinator FROM assignment WHERE assignment.case_id = referral_case.case_id AND until IS NULL
);
CREATE TRIGGER case_is_placed_on_worklist BEFORE INSERT OR UPDATE ON referral_case
    FOR EACH ROW EXECUTE FUNCTION place_on_worklist();

DROP INDEX referral_case_waiting;
CREATE INDEX referral_case_worklist ON referral_case (area, waiting_urgency, waiting_since, case_id)
    INCLUDE (agency, state, holder, waiting_reason) WHERE waiting_reason IS NOT NULL;
CREATE INDEX referral_case_held ON referral_case (holder, area, waiting_urgency, waiting_since, case_id)
    INCLUDE (agency, state, waiting_reason) WHERE waiting_reason IS NOT NULL;
CREATE INDEX referral_case_family_key ON referral_case (area, family_key, case_id);

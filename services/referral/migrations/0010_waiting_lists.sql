-- Waiting lists of full offers. Places go in the order of the tickets, which are given out under the offer's row lock.
ALTER TABLE area
    ADD when_full            text NOT NULL DEFAULT 'next-offer',
    ADD screening_valid_days integer NOT NULL DEFAULT 90;
ALTER TABLE offer
    ADD waiting_list integer;

ALTER TABLE referral_case DROP CONSTRAINT referral_case_state_check;
ALTER TABLE referral_case ADD CONSTRAINT referral_case_state_check CHECK (state IN (
    'new', 'not-referred', 'awaiting-coordinator', 'returned', 'at-panel', 'waiting-list', 'refused', 'offered',
    'accepted', 'assessed', 'in-sessions', 'on-hold', 'closed', 'halted'));

-- `position` is the one that was told last. A case on hold keeps its place and is passed over.
CREATE TABLE waiting_place (
    case_id   uuid PRIMARY KEY REFERENCES referral_case,
    offer     text NOT NULL,
    ticket    bigint NOT NULL,
    since     timestamptz NOT NULL,
    agreed_by text NOT NULL CHECK (agreed_by IN ('area-setting', 'coordinator', 'panel')),
    accepted  text[] NOT NULL,
    position  integer NOT NULL CHECK (position > 0),
    on_hold   boolean NOT NULL,
    -- Of two families that were given the same ticket, one would be passed over or both called for one place.
    UNIQUE (offer, ticket)
);

-- The harm: who stands on a list is called when a place comes free, months later and without a person looking. A family
-- with a sign of abuse, one that withdrew or one that is with a provider already must not stand there. So at the end of
-- every transaction a case has a place exactly where its state says that it waits.
CREATE FUNCTION refuse_place_of_a_case_that_does_not_wait() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM referral_case LEFT JOIN waiting_place USING (case_id)
        WHERE case_id = coalesce(NEW.case_id, OLD.case_id)
            AND (state = 'waiting-list' OR held_from IS NOT DISTINCT FROM 'waiting-list')
                IS DISTINCT FROM (waiting_place.case_id IS NOT NULL);
    IF FOUND THEN
        RAISE EXCEPTION 'a case stands on a waiting list exactly while it waits there';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER place_of_a_case_that_waits AFTER INSERT OR UPDATE OR DELETE ON waiting_place
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_place_of_a_case_that_does_not_wait();
CREATE CONSTRAINT TRIGGER case_that_waits_has_a_place AFTER INSERT ON referral_case
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'waiting-list')
    EXECUTE FUNCTION refuse_place_of_a_case_that_does_not_wait();
CREATE CONSTRAINT TRIGGER case_that_waited_has_none AFTER UPDATE ON referral_case
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.state, OLD.held_from) IS DISTINCT FROM (NEW.state, NEW.held_from)
        AND 'waiting-list' IN (OLD.state, NEW.state, coalesce(OLD.held_from, ''), coalesce(NEW.held_from, '')))
    EXECUTE FUNCTION refuse_place_of_a_case_that_does_not_wait();

-- The life of a case, kept by the database too: a history can hold nothing that the table in domain/transitions.py does
-- not allow, its lines follow on from each other, and a case stands where its history says.

ALTER TABLE referral_case
    ADD COLUMN returned_from         text,
    ADD COLUMN specialist_contact_at timestamptz;
UPDATE referral_case SET returned_from = 'awaiting-coordinator' WHERE state = 'returned' OR held_from = 'returned';
ALTER TABLE referral_case
    -- Who has a case on its way back from the referrer must know where it goes.
    ADD CHECK ((returned_from IS NOT NULL) = (state = 'returned' OR held_from IS NOT DISTINCT FROM 'returned'));

-- `who` acted, by an opaque name; `detail` is what the reason is about, by id or code.
ALTER TABLE case_history
    ADD COLUMN who    text NOT NULL DEFAULT '',
    ADD COLUMN detail text NOT NULL DEFAULT '';

-- The table itself: R_transition.sql puts the rows in, and puts them in again whenever they change.
CREATE VIEW transition (from_state, trigger, by, to_state, reasons) AS
    SELECT ''::text, ''::text, ''::text, ''::text, '{}'::text[] WHERE false;

-- The harm: a case review reads how a family came to a provider. A line that nobody was allowed to write, or one that is
-- missing, hides who let it happen.
CREATE FUNCTION refuse_history_outside_the_table() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    refused text;
BEGIN
    SELECT format('%s by the %s from %s to %s because of "%s"',
            added.trigger, added.by, added.from_state, added.to_state, added.why)
        INTO refused FROM added WHERE NOT EXISTS (
        SELECT FROM transition
        WHERE transition.from_state = added.from_state AND transition.trigger = added.trigger
            AND transition.by = added.by AND transition.to_state = added.to_state
            AND string_to_array(added.why, ', ') <@ transition.reasons
            AND (added.why = '') = (transition.reasons = '{}')
    ) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'no row of the table allows %', refused;
    END IF;
    PERFORM FROM added LEFT JOIN case_history AS before
        ON before.case_id = added.case_id AND before.number = added.number - 1
        WHERE added.from_state IS DISTINCT FROM (CASE added.number WHEN 1 THEN 'new' ELSE before.to_state END);
    IF FOUND THEN
        RAISE EXCEPTION 'a line of a history follows on from the line before it';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER history_is_in_the_table AFTER INSERT ON case_history
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_outside_the_table();

-- At the end of the transaction, when the history is written too. A case that was never moved has none.
CREATE FUNCTION refuse_state_without_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM referral_case LEFT JOIN case_history
        ON case_history.case_id = referral_case.case_id AND case_history.number = referral_case.changes
        WHERE referral_case.case_id = NEW.case_id
            AND referral_case.state IS DISTINCT FROM coalesce(case_history.to_state, 'new');
    IF FOUND THEN
        RAISE EXCEPTION 'a case stands where its history says';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER state_is_in_the_history AFTER INSERT OR UPDATE OF state, changes ON referral_case
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_state_without_history();

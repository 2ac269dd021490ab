-- How long an area keeps whose cases have ended; and of which cases it was published that this time is over, once each.
ALTER TABLE area ADD case_retention_months integer NOT NULL DEFAULT 72;

CREATE TABLE retention_ended (
    case_id uuid PRIMARY KEY REFERENCES referral_case,
    area    text NOT NULL,
    at      timestamptz NOT NULL
);

-- Of whom what is held may be kept and not used, by the families service. A row stays when it is lifted.
CREATE TABLE restriction (
    case_id    uuid NOT NULL,
    person_id  uuid NOT NULL,
    since      timestamptz NOT NULL,
    lifted_at  timestamptz,
    PRIMARY KEY (case_id, person_id)
);

-- The harm: somebody says that what is written of them is wrong, or is needed for a claim, and has the right that nothing is
-- done with it; and it goes to a stranger. So no referral leaves while anybody of its case is restricted, whatever code wrote it.
CREATE FUNCTION refuse_agreement_while_restricted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM restriction
        WHERE case_id = (convert_from(NEW.value, 'UTF8')::jsonb ->> 'case_id')::uuid AND lifted_at IS NULL;
    IF FOUND THEN
        RAISE EXCEPTION 'no referral leaves while somebody of its case is restricted';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_agreement_while_restricted BEFORE INSERT OR UPDATE ON outbox
    FOR EACH ROW WHEN (NEW.topic = 'referral-agreed') EXECUTE FUNCTION refuse_agreement_while_restricted();

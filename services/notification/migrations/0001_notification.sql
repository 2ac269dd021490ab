-- Notification's own tables. Personal data is here only under its person's key.

CREATE TABLE area (
    area               text PRIMARY KEY,
    universal_offer    jsonb NOT NULL,
    specialist_support jsonb NOT NULL,
    entry_offset       bigint NOT NULL
);

-- public_key is null where a provider has none, or one that contact details cannot be encrypted for.
CREATE TABLE provider (
    provider     text PRIMARY KEY,
    email        text,
    public_key   jsonb,
    entry_offset bigint NOT NULL
);

-- -1 is below every sequence: it has not happened.
CREATE TABLE pathway_case (
    case_id         uuid PRIMARY KEY,
    abuse           boolean NOT NULL DEFAULT false,
    stop_sequence   integer NOT NULL DEFAULT -1,
    hold_sequence   integer NOT NULL DEFAULT -1,
    resume_sequence integer NOT NULL DEFAULT -1
);

-- The events of a case come by several topics, so a referral's end can be known before what was agreed of it.
CREATE TABLE referral (
    referral_id     uuid PRIMARY KEY,
    case_id         uuid NOT NULL REFERENCES pathway_case,
    provider        text,
    agreed_sequence integer,
    terms           jsonb,
    ended_sequence  integer NOT NULL DEFAULT -1,
    offers          integer NOT NULL DEFAULT 0,
    stops           integer NOT NULL DEFAULT 0,
    waits_for       text,
    waits_since     timestamptz,
    CHECK (stops BETWEEN offers - 1 AND offers),
    CHECK ((terms IS NULL) = (provider IS NULL) AND (terms IS NULL) = (agreed_sequence IS NULL)),
    CHECK ((waits_for IS NULL) = (waits_since IS NULL))
);
CREATE INDEX referral_case ON referral (case_id);
CREATE INDEX referral_waiting ON referral (provider) WHERE waits_for IS NOT NULL;

-- One parent's details in a row of their own, sealed under that parent's key.
CREATE TABLE parent_details (
    person_id     uuid NOT NULL,
    submission_id uuid NOT NULL,
    case_id       uuid NOT NULL REFERENCES pathway_case,
    sealed        jsonb NOT NULL,
    as_of     timestamptz NOT NULL,
    PRIMARY KEY (person_id, submission_id)
);
CREATE INDEX parent_details_case ON parent_details (case_id);

-- To a practitioner, sealed under that practitioner's key until it is sent; or to a provider's address in the directory.
CREATE TABLE email (
    id           uuid PRIMARY KEY,
    about        text NOT NULL CHECK (about IN ('answer', 'referral')),
    case_id      uuid NOT NULL,
    practitioner jsonb,
    provider     text,
    status       text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'sent', 'failed')),
    attempts     integer NOT NULL DEFAULT 0,
    last_error   text,
    queued_at    timestamptz NOT NULL DEFAULT now(),
    due_at       timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz,
    CHECK (status = 'sent' OR num_nonnulls(practitioner, provider) = 1)
);
CREATE INDEX email_due ON email (due_at) WHERE status = 'queued';

-- What is known against a case is never forgotten: an abuser would be let in by whatever cleared it.
CREATE FUNCTION keep_what_stops_a_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what stops case % is never taken back', OLD.case_id USING ERRCODE = 'check_violation';
END
$$;

CREATE TRIGGER keep_what_stops_a_case BEFORE UPDATE ON pathway_case
    FOR EACH ROW WHEN (
        (OLD.abuse AND NOT NEW.abuse) OR NEW.stop_sequence < OLD.stop_sequence OR NEW.hold_sequence < OLD.hold_sequence
    ) EXECUTE FUNCTION keep_what_stops_a_case();

-- The last gate before a provider, whatever code wrote the row.
-- The harm that it prevents: where one parent abuses the other, a provider who gets the family's details writes to both
-- and invites them to sit together. That tells the abuser that the victim has spoken, and puts both in one room; people
-- have been killed after less. A referral that was withdrawn, or stopped for any other reason, exposes a parent who has
-- said no. So nothing but the word to stop goes to a provider about a case that shows a sign of abuse, or that was
-- stopped, held or ended after this referral was agreed.
CREATE FUNCTION refuse_unsafe_offer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told jsonb := convert_from(NEW.value, 'UTF8')::jsonb;
BEGIN
    IF NEW.headers @> '[["ce_type", "parley.referral-stopped.v1"]]' THEN
        RETURN NEW;
    END IF;
    PERFORM 1 FROM referral JOIN pathway_case USING (case_id)
    WHERE referral.referral_id = (told ->> 'referral_id')::uuid
        AND referral.case_id = (told ->> 'case_id')::uuid
        AND NEW.key = convert_to(referral.case_id::text, 'UTF8')
        AND NEW.topic = 'provider.' || referral.provider || '.referrals'
        AND NOT pathway_case.abuse
        AND pathway_case.stop_sequence < referral.agreed_sequence
        AND pathway_case.hold_sequence <= greatest(pathway_case.resume_sequence, referral.agreed_sequence)
        AND referral.ended_sequence = -1;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'refused: this case must not go to a provider' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER refuse_unsafe_offer BEFORE INSERT ON outbox
    FOR EACH ROW WHEN (starts_with(NEW.topic, 'provider.')) EXECUTE FUNCTION refuse_unsafe_offer();

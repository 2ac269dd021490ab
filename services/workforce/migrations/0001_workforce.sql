-- Workforce's own tables. A practitioner is an opaque id; name, address and the agency's own id are sealed.

-- The directory, as far as this service needs it. An older entry never replaces a newer one.
CREATE TABLE area (
    area              text PRIMARY KEY,
    training_required jsonb,
    entry_offset      bigint NOT NULL
);

CREATE TABLE agency (
    agency       text PRIMARY KEY,
    areas        text[] NOT NULL,
    entry_offset bigint NOT NULL
);

-- `screened_as` is what screening last said of them, `registered_as` what a booking or an attendance list did.
CREATE TABLE practitioner (
    practitioner_id uuid PRIMARY KEY,
    agency          text NOT NULL,
    screened_as     jsonb,
    screened_at     timestamptz,
    registered_as   jsonb,
    CHECK ((screened_as IS NULL) = (screened_at IS NULL))
);

-- Who screened when and where. Nothing of the family, and nothing of what was decided.
CREATE TABLE screening (
    agency          text NOT NULL,
    submission_id   uuid NOT NULL,
    practitioner_id uuid NOT NULL REFERENCES practitioner,
    area            text NOT NULL,
    screened_on     date NOT NULL,
    PRIMARY KEY (agency, submission_id)
);
CREATE INDEX screening_of ON screening (practitioner_id, area, screened_on);
CREATE INDEX screening_in ON screening (area, screened_on);

-- `taken` is kept by the trigger below. However places are given, by whatever code or hand: never more than there are.
CREATE TABLE training_session (
    session_id   uuid PRIMARY KEY,
    modules      text[] NOT NULL CHECK (cardinality(modules) > 0),
    areas        text[] NOT NULL CHECK (cardinality(areas) > 0),
    days         date[] NOT NULL CHECK (cardinality(days) > 0),
    first_day    date NOT NULL,
    delivery     text NOT NULL CHECK (delivery IN ('in-person', 'online', 'e-learning')),
    delivered_by text NOT NULL,
    trainer      uuid REFERENCES practitioner,
    places       integer NOT NULL CHECK (places > 0),
    taken        integer NOT NULL DEFAULT 0,
    called_off   boolean NOT NULL DEFAULT false,
    CONSTRAINT never_more_than_places CHECK (taken BETWEEN 0 AND places)
);
CREATE INDEX training_session_day ON training_session (first_day, session_id);

CREATE TABLE place (
    training_id     uuid PRIMARY KEY,
    session_id      uuid NOT NULL REFERENCES training_session,
    practitioner_id uuid NOT NULL REFERENCES practitioner,
    agency          text NOT NULL,
    profession      text NOT NULL,
    number          integer NOT NULL,
    status          text NOT NULL CHECK (status IN ('booked', 'waiting', 'given-up', 'completed', 'partly', 'absent')),
    completed_on    date,
    certificate     text UNIQUE,
    valid_until     date,
    UNIQUE (session_id, number),
    CHECK ((status = 'completed') = (completed_on IS NOT NULL)),
    CHECK ((status = 'completed') = (certificate IS NOT NULL)),
    CHECK (valid_until IS NULL OR certificate IS NOT NULL)
);
CREATE UNIQUE INDEX place_once ON place (session_id, practitioner_id) WHERE status <> 'given-up';
CREATE INDEX place_of ON place (practitioner_id);

CREATE FUNCTION count_places() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before integer := CASE WHEN TG_OP = 'INSERT' THEN 0 ELSE (OLD.status IN ('booked', 'completed', 'partly'))::integer END;
    after  integer := (NEW.status IN ('booked', 'completed', 'partly'))::integer;
BEGIN
    IF before <> after THEN
        UPDATE training_session SET taken = taken + after - before WHERE session_id = NEW.session_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER count_places AFTER INSERT OR UPDATE ON place FOR EACH ROW EXECUTE FUNCTION count_places();

CREATE SEQUENCE certificate_number;

-- Everything that was ever done to a session, enough to say how it came to be as it is. Only added to.
CREATE TABLE session_history (
    session_id uuid NOT NULL REFERENCES training_session,
    number     integer NOT NULL,
    at         timestamptz NOT NULL,
    by         text NOT NULL,
    change     jsonb NOT NULL,
    PRIMARY KEY (session_id, number)
);
CREATE INDEX session_history_certificate ON session_history ((change ->> 'certificate'))
    WHERE change ->> 'certificate' IS NOT NULL;

CREATE FUNCTION refuse_rewriting_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of a session is only added to';
END $$;
CREATE TRIGGER history_is_only_added_to BEFORE UPDATE OR DELETE ON session_history
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_history();

CREATE TABLE confidence (
    training_id uuid NOT NULL REFERENCES place,
    module      text NOT NULL,
    occasion    text NOT NULL CHECK (occasion IN ('before', 'after', 'follow-up')),
    instrument  text NOT NULL,
    version     text NOT NULL,
    score       integer NOT NULL,
    PRIMARY KEY (training_id, module, occasion)
);

-- `closes_on` is the first day on which it is too late.
CREATE TABLE follow_up (
    training_id   uuid PRIMARY KEY REFERENCES place,
    opens_on      date NOT NULL,
    closes_on     date NOT NULL,
    status        text NOT NULL CHECK (status IN ('to-come', 'open', 'answered', 'unanswered', 'withdrawn')),
    answered_on   date,
    used          boolean,
    how_often     text,
    trains_others boolean,
    CHECK ((status = 'answered') = (num_nonnulls(answered_on, used, how_often, trains_others) = 4)),
    CHECK (answered_on >= opens_on AND answered_on < closes_on)
);
CREATE INDEX follow_up_open ON follow_up (closes_on) WHERE status IN ('to-come', 'open');

CREATE TABLE champion (
    agency          text NOT NULL,
    practitioner_id uuid NOT NULL REFERENCES practitioner,
    named_on        date NOT NULL,
    named_by        text NOT NULL,
    stood_down_on   date,
    stood_down_by   text,
    CHECK (stood_down_on >= named_on),
    CHECK ((stood_down_on IS NULL) = (stood_down_by IS NULL))
);
CREATE UNIQUE INDEX champion_standing ON champion (agency, practitioner_id) WHERE stood_down_on IS NULL;

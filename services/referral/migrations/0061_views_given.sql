-- What people say has changed, as a provider reports it when it closes a case: each person's words sealed under their own key. The
-- event has the same; it is kept here so that whoever asks for what is held of them gets their own words too.
CREATE TABLE view_given (
    event_id    uuid NOT NULL,
    person_id   uuid NOT NULL,
    case_id     uuid NOT NULL,
    referral_id uuid NOT NULL,
    change      text NOT NULL,
    words       jsonb,
    given_at    timestamptz NOT NULL,
    PRIMARY KEY (event_id, person_id)
);
CREATE INDEX view_given_case ON view_given (case_id, person_id);

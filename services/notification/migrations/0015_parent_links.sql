-- One-time links by which a parent comes in without an account.
ALTER TABLE parent_details ADD COLUMN role text;

-- `digest` is of the link's secret, `code_digest` of the numbers that go with it, both under the key of fingerprints.
CREATE TABLE parent_link (
    link_id     uuid PRIMARY KEY,
    case_id     uuid NOT NULL REFERENCES pathway_case,
    person_id   uuid NOT NULL,
    digest      bytea NOT NULL UNIQUE,
    code_digest bytea NOT NULL,
    made_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL CHECK (expires_at > made_at),
    who         text NOT NULL,
    wrong_codes integer NOT NULL DEFAULT 0,
    opened_at   timestamptz,
    revoked_at  timestamptz
);
CREATE INDEX parent_link_person ON parent_link (case_id, person_id, made_at);

-- The harm: a link that opens a second time is in a mailbox that somebody else reads. Whom it is for never changes, it is
-- opened once, and what was taken back stays so.
CREATE FUNCTION keep_link_as_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a link is for one parent, opens once, and stays taken back' USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER keep_link_as_made BEFORE UPDATE ON parent_link
    FOR EACH ROW WHEN (
        (OLD.case_id, OLD.person_id, OLD.digest, OLD.code_digest) IS DISTINCT FROM
        (NEW.case_id, NEW.person_id, NEW.digest, NEW.code_digest)
        OR (OLD.opened_at IS NOT NULL AND NEW.opened_at IS DISTINCT FROM OLD.opened_at)
        OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)
        OR (OLD.opened_at IS NULL AND NEW.opened_at IS NOT NULL AND NEW.revoked_at IS NOT NULL)
        OR NEW.wrong_codes < OLD.wrong_codes
    ) EXECUTE FUNCTION keep_link_as_made();

-- The last gate before a mail to a parent, whatever code asks: somebody afraid may live with whoever reads it.
CREATE FUNCTION refuse_unsafe_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM pathway_case JOIN parent_details USING (case_id)
    WHERE case_id = NEW.case_id AND person_id = NEW.person_id AND NOT abuse
        AND NOT EXISTS (
            SELECT FROM restriction
            WHERE restriction.case_id = NEW.case_id AND restriction.person_id = NEW.person_id AND restricted
        );
    IF NOT FOUND THEN
        RAISE EXCEPTION 'refused: no link goes to this person' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refuse_unsafe_link BEFORE INSERT ON parent_link
    FOR EACH ROW EXECUTE FUNCTION refuse_unsafe_link();

-- `parent` is `{email, link}`, sealed under the parent's key; it goes when the mail was sent or never will be.
ALTER TABLE email
    ADD COLUMN parent jsonb,
    DROP CONSTRAINT email_about_check,
    ADD CONSTRAINT email_about_check CHECK (
        about IN ('answer', 'referral', 'reminder', 'training-follow-up', 'training-renewal', 'emergency', 'own-link')
    ),
    DROP CONSTRAINT email_says_a_day,
    ADD CONSTRAINT email_says_a_day
        CHECK ((about IN ('reminder', 'training-follow-up', 'training-renewal', 'own-link')) = (on_day IS NOT NULL)),
    DROP CONSTRAINT email_has_one_recipient,
    ADD CONSTRAINT email_has_one_recipient CHECK (
        status = 'sent' OR num_nonnulls(practitioner, provider, area, parent) = 1 OR (about = 'own-link' AND status = 'failed')
    ),
    ADD CONSTRAINT email_to_a_parent_is_a_link CHECK (parent IS NULL OR about = 'own-link');

-- Sessions that a link opened: no row of the service's, as those of staff. `entry` is of the browser before it came in.
CREATE UNLOGGED TABLE web.own_session (
    id         bytea PRIMARY KEY,
    entry      bytea NOT NULL,
    link_id    uuid NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL
);
CREATE INDEX own_session_link ON web.own_session (link_id);

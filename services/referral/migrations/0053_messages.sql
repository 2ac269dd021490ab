-- Messages about a case between its area's team and one other party. A thread is with the front door (`agency`), or with the
-- provider of one referral. `area_unread` and `party_unread` are how many each side has not read.
CREATE TABLE message_thread (
    thread_id    uuid PRIMARY KEY,
    case_id      uuid NOT NULL REFERENCES referral_case,
    agency       text,
    referral_id  uuid UNIQUE REFERENCES referral,
    provider     text,
    sequence     integer NOT NULL DEFAULT 0,
    written      integer NOT NULL DEFAULT 0,
    area_unread  integer NOT NULL DEFAULT 0,
    party_unread integer NOT NULL DEFAULT 0,
    CHECK (num_nonnulls(agency, provider) = 1),
    CHECK ((provider IS NULL) = (referral_id IS NULL))
);
CREATE UNIQUE INDEX message_thread_of_front_door ON message_thread (case_id) WHERE provider IS NULL;
CREATE INDEX message_thread_case ON message_thread (case_id);
CREATE INDEX message_thread_unread ON message_thread (case_id) WHERE area_unread > 0;

-- Sealed under a key of the case's own. `about` is the parent whom it is of alone.
CREATE TABLE message (
    message_id uuid PRIMARY KEY,
    thread_id  uuid NOT NULL REFERENCES message_thread,
    number     integer NOT NULL,
    by_area    boolean NOT NULL,
    about      uuid,
    who        text NOT NULL,
    at         timestamptz NOT NULL,
    sealed     jsonb NOT NULL CHECK (sealed ?& ARRAY['box', 'subject']),
    UNIQUE (thread_id, number)
);

CREATE FUNCTION refuse_rewriting_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a message stays as it was written, with whom it was written to';
END
$$;
CREATE TRIGGER messages_are_only_added_to BEFORE UPDATE ON message
    FOR EACH ROW WHEN (NOT id_replaces_name(to_jsonb(OLD), to_jsonb(NEW), 'who'))
    EXECUTE FUNCTION refuse_rewriting_message();
CREATE TRIGGER messages_are_never_taken_out BEFORE DELETE ON message
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_message();
CREATE TRIGGER thread_stays_with_its_party BEFORE UPDATE ON message_thread
    FOR EACH ROW WHEN (
        (OLD.case_id, OLD.agency, OLD.referral_id, OLD.provider) IS DISTINCT FROM
        (NEW.case_id, NEW.agency, NEW.referral_id, NEW.provider)
    ) EXECUTE FUNCTION refuse_rewriting_message();
CREATE TRIGGER threads_are_kept BEFORE DELETE ON message_thread
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_message();

-- Whether a provider has the family of a referral now. It looks at the case whoever asks, of whom nobody at a provider
-- reads anything.
CREATE FUNCTION referral_goes_on(of_referral uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    before text := current_setting('parley.reach', true);
    found  boolean;
BEGIN
    PERFORM set_config('parley.reach', '{"scopes": ["everywhere"]}', true);
    SELECT EXISTS (
        SELECT FROM referral JOIN referral_case USING (case_id)
        WHERE referral_id = of_referral AND status = 'out' AND NOT stopped
            AND state IN ('offered', 'accepted', 'assessed', 'in-sessions')
            AND abuse_sign_at IS NULL AND sign_in_family_at IS NULL AND NOT sign_elsewhere
            AND NOT EXISTS (
                SELECT FROM referral AS newer WHERE newer.case_id = referral.case_id AND newer.number > referral.number)
    ) INTO found;
    PERFORM set_config('parley.reach', before, true);
    RETURN found;
END
$$;

-- The harm: whoever works with both parents learns from a message that one of them has spoken of abuse, or goes on writing
-- about a family that they must leave alone. So no message passes to or from a provider unless it has the family at that
-- moment, and none that is of one parent unless that parent is among those whom it was given. The case is locked, so that
-- a stop and a message follow one another. To a front door none is of somebody whom it did not name.
CREATE FUNCTION refuse_unsafe_message() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    thread message_thread;
    known  boolean;
BEGIN
    SELECT * INTO thread FROM message_thread WHERE thread_id = NEW.thread_id;
    PERFORM FROM referral_case WHERE case_id = thread.case_id FOR SHARE;
    IF thread.provider IS NULL THEN
        SELECT NEW.about IS NULL OR family -> 'parents' @> jsonb_build_array(jsonb_build_object('person_id', NEW.about))
            INTO known FROM referral_case WHERE case_id = thread.case_id;
    ELSE
        SELECT referral_goes_on(referral_id) AND (NEW.about IS NULL OR offered -> 'parents' ? NEW.about::text)
            INTO known FROM referral WHERE referral_id = thread.referral_id AND provider = thread.provider;
    END IF;
    IF known IS NOT TRUE THEN
        RAISE EXCEPTION 'refused: this party is not written to about this now' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refuse_unsafe_message BEFORE INSERT ON message
    FOR EACH ROW EXECUTE FUNCTION refuse_unsafe_message();

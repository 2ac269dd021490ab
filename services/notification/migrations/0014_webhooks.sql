-- Providers without Kafka get what is on their topic at an https address of their own too.

-- `secret` is what is signed with, sealed under the key of `hook_id`; `previous` signs beside it until `previous_until`.
-- `failures` and `gone` (answers of 410) are counted since the last that arrived. Nothing is sent before `waits_until`, nor
-- while one that is under way has it, until `busy_until`: one at a time for each provider, whatever processes there are.
CREATE TABLE webhook (
    provider       text PRIMARY KEY REFERENCES provider,
    hook_id        uuid NOT NULL UNIQUE,
    address        text NOT NULL,
    secret         jsonb NOT NULL,
    previous       jsonb,
    previous_until timestamptz,
    status         text NOT NULL DEFAULT 'enabled' CHECK (status IN ('enabled', 'disabled')),
    since          timestamptz NOT NULL DEFAULT now(),
    failures       integer NOT NULL DEFAULT 0,
    gone           integer NOT NULL DEFAULT 0,
    last_error     text,
    delivered_at   timestamptz,
    given_up       integer NOT NULL DEFAULT 0,
    stops_given_up integer NOT NULL DEFAULT 0,
    waits_until    timestamptz,
    busy_until     timestamptz,
    CHECK ((previous IS NULL) = (previous_until IS NULL))
);

-- What is to be sent yet: the record as it is on the topic. `number` is the order of a case's.
CREATE TABLE webhook_delivery (
    id          uuid PRIMARY KEY,
    number      bigint GENERATED ALWAYS AS IDENTITY,
    provider    text NOT NULL,
    case_id     uuid NOT NULL,
    referral_id uuid NOT NULL,
    person_id   uuid,
    about       text NOT NULL,
    headers     jsonb NOT NULL,
    data        text NOT NULL,
    queued_at   timestamptz NOT NULL DEFAULT now(),
    due_at      timestamptz NOT NULL DEFAULT now(),
    attempts    integer NOT NULL DEFAULT 0,
    last_error  text
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (provider, due_at, number);
CREATE INDEX webhook_delivery_case ON webhook_delivery (provider, case_id, number);
CREATE INDEX webhook_delivery_referral ON webhook_delivery (referral_id);

CREATE FUNCTION event_kind(headers jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT substring(each ->> 1 FROM '^parley\.(.*)\.v[0-9]+$') FROM jsonb_array_elements(headers) AS each
    WHERE each ->> 0 = 'ce_type'
$$;

-- Whether a record of this kind may go to this referral's provider now: the rule of the last gate before a topic (0001,
-- 0002), asked again before each attempt to send it to an address. The harm is the same at any later hour.
-- That somebody is to be erased goes to whoever was given their details, whatever became of the case since.
CREATE FUNCTION may_go_to_provider(kind text, of_provider text, of_case uuid, of_referral uuid, of_person uuid)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT kind = 'referral-stopped' OR EXISTS (
        SELECT FROM referral JOIN pathway_case USING (case_id)
        WHERE referral.referral_id = of_referral AND referral.case_id = of_case AND referral.provider = of_provider
            AND CASE
                WHEN kind = 'person-erased-shared' THEN EXISTS (
                    SELECT FROM shared_details WHERE referral_id = of_referral AND person_id = of_person
                )
                WHEN pathway_case.abuse THEN false
                WHEN kind = 'follow-up-asked' THEN referral.offers > referral.stops
                ELSE pathway_case.stop_sequence < referral.agreed_sequence
                    AND pathway_case.hold_sequence <= greatest(pathway_case.resume_sequence, referral.agreed_sequence)
                    AND referral.ended_sequence = -1
            END
    )
$$;

-- Whether this person takes part, as it was agreed or as a coordinator has confirmed since (0005).
CREATE FUNCTION takes_part(of_referral uuid, of_person text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM referral WHERE referral_id = of_referral
            AND CASE WHEN (changed ->> 'sequence')::integer > agreed_sequence THEN changed ELSE terms END -> 'parents'
                @> jsonb_build_array(jsonb_build_object('person_id', of_person))
    )
$$;

CREATE OR REPLACE FUNCTION refuse_unsafe_offer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told jsonb := convert_from(NEW.value, 'UTF8')::jsonb;
    kind text := event_kind(NEW.headers);
BEGIN
    IF kind = 'referral-stopped' OR (
        NEW.key = convert_to(told ->> 'case_id', 'UTF8')
        AND may_go_to_provider(
            kind, substring(NEW.topic FROM '^provider\.(.*)\.referrals$'), (told ->> 'case_id')::uuid,
            (told ->> 'referral_id')::uuid, (told ->> 'person_id')::uuid
        )
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'refused: this case must not go to a provider' USING ERRCODE = 'check_violation';
END
$$;

CREATE OR REPLACE FUNCTION refuse_details_of_a_stranger() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told jsonb := convert_from(NEW.value, 'UTF8')::jsonb;
BEGIN
    IF takes_part((told ->> 'referral_id')::uuid, told ->> 'person_id') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'refused: this person takes no part in the referral' USING ERRCODE = 'check_violation';
END
$$;

-- Whether what is queued may be sent now.
CREATE FUNCTION may_be_delivered(record webhook_delivery) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT may_go_to_provider(record.about, record.provider, record.case_id, record.referral_id, record.person_id)
        AND (record.about <> 'parent-details-shared' OR takes_part(record.referral_id, record.person_id::text))
$$;

-- Whatever goes onto a provider's topic is queued for its webhook in the same transaction, and what it overtakes there is
-- left out. The harm: the address did not answer for a day, one parent has disclosed abuse or has said no meanwhile, and
-- then the family's details arrive; or a number that has become unsafe, after the one that replaced it.
-- What overtakes what: a stop all of its referral, but for other stops and that somebody is to be erased; that somebody is to
-- be erased, whatever is about them; newer details, news of a child and news of the family, older ones.
CREATE FUNCTION queue_for_webhook() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told jsonb := convert_from(NEW.value, 'UTF8')::jsonb;
    kind text := event_kind(NEW.headers);
    of_referral uuid := (told ->> 'referral_id')::uuid;
    of_person uuid := (told ->> 'person_id')::uuid;
BEGIN
    DELETE FROM webhook_delivery WHERE referral_id = of_referral AND CASE kind
        WHEN 'referral-stopped' THEN about NOT IN ('referral-stopped', 'person-erased-shared')
        WHEN 'person-erased-shared' THEN person_id = of_person AND about <> 'person-erased-shared'
        WHEN 'parent-details-shared' THEN person_id = of_person AND about = kind
        WHEN 'child-participation-shared' THEN person_id = of_person AND about = kind
        WHEN 'family-changed-shared' THEN about = kind
        ELSE false
    END;
    INSERT INTO webhook_delivery (id, provider, case_id, referral_id, person_id, about, headers, data)
    SELECT (each ->> 1)::uuid, provider, (told ->> 'case_id')::uuid, of_referral, of_person, kind, NEW.headers,
        convert_from(NEW.value, 'UTF8')
    FROM webhook, jsonb_array_elements(NEW.headers) AS each
    WHERE 'provider.' || provider || '.referrals' = NEW.topic AND status = 'enabled' AND each ->> 0 = 'ce_id'
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER queue_for_webhook AFTER INSERT ON outbox
    FOR EACH ROW WHEN (starts_with(NEW.topic, 'provider.')) EXECUTE FUNCTION queue_for_webhook();

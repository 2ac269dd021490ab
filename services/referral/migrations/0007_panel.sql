-- The multi-agency panel: meetings, members, what is on the agenda, what each member thinks, and what was decided.

-- More of each area's settings, for the panel and for consent.
ALTER TABLE area
    ADD panel_every_days   integer NOT NULL DEFAULT 14,
    ADD panel_quorum       integer NOT NULL DEFAULT 2,
    ADD consent_valid_days integer NOT NULL DEFAULT 365;

-- A member's name is sealed under a key of the member's own.
CREATE TABLE panel_member (
    member_id  uuid PRIMARY KEY,
    area       text NOT NULL,
    agency     text NOT NULL,
    role       text NOT NULL CHECK (role IN (
        'drug-and-alcohol', 'domestic-abuse', 'early-help', 'police', 'programmes', 'coordinator')),
    name       jsonb NOT NULL CHECK (name ? 'box'),
    retired_at timestamptz
);
CREATE INDEX panel_member_area ON panel_member (area);

CREATE TABLE panel_meeting (
    meeting_id uuid PRIMARY KEY,
    area       text NOT NULL,
    held_on    date NOT NULL,
    status     text NOT NULL DEFAULT 'planned' CHECK (status IN ('planned', 'closed', 'cancelled')),
    UNIQUE (area, held_on)
);

CREATE TABLE panel_attendance (
    meeting_id uuid NOT NULL REFERENCES panel_meeting,
    member_id  uuid NOT NULL REFERENCES panel_member,
    PRIMARY KEY (meeting_id, member_id)
);

-- `position` is the order in which cases were taken to the panel. Nobody is shown it: a gap would tell of a case that is
-- withheld.
CREATE TABLE panel_item (
    meeting_id uuid NOT NULL REFERENCES panel_meeting,
    case_id    uuid NOT NULL REFERENCES referral_case,
    position   bigint GENERATED ALWAYS AS IDENTITY,
    decision   text CHECK (decision IN ('agree', 'return', 'refuse', 'specialist-pathway')),
    decided_at timestamptz,
    decided_by uuid REFERENCES panel_member,
    minutes    jsonb CHECK (minutes IS NULL OR minutes ->> 'subject' = case_id::text),
    PRIMARY KEY (meeting_id, case_id),
    CHECK ((decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by IS NULL))
);
CREATE INDEX panel_item_case ON panel_item (case_id);

-- Why a case is withheld from an agency's members, or from one member. It stays on record when it is lifted.
CREATE TABLE panel_conflict (
    conflict_id uuid PRIMARY KEY,
    case_id     uuid NOT NULL REFERENCES referral_case,
    agency      text,
    member_id   uuid REFERENCES panel_member,
    reason      text NOT NULL CHECK (reason IN (
        'works-with-a-parent', 'employs-a-parent', 'knows-a-parent', 'a-parent-asked')),
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    lifted_at   timestamptz,
    CHECK (num_nonnulls(agency, member_id) = 1)
);
CREATE INDEX panel_conflict_case ON panel_conflict (case_id) WHERE lifted_at IS NULL;

-- A member's view is added, not changed: the newest counts. Words are sealed under the case's key.
CREATE TABLE panel_view (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    meeting_id     uuid NOT NULL,
    case_id        uuid NOT NULL,
    member_id      uuid NOT NULL REFERENCES panel_member,
    recommendation text NOT NULL CHECK (recommendation IN ('agree', 'return', 'refuse', 'specialist-pathway')),
    words          jsonb CHECK (words IS NULL OR words ->> 'subject' = case_id::text),
    at             timestamptz NOT NULL,
    FOREIGN KEY (meeting_id, case_id) REFERENCES panel_item
);
CREATE INDEX panel_view_item ON panel_view (meeting_id, case_id, member_id);

CREATE FUNCTION panel_withheld(the_case uuid, the_member uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM panel_conflict JOIN panel_member AS member ON member.member_id = the_member
        WHERE panel_conflict.case_id = the_case AND lifted_at IS NULL
            AND (panel_conflict.agency = member.agency OR panel_conflict.member_id = member.member_id)
    )
$$;

-- The harm: a member whose agency works with one parent reads what the other said, and it comes home by way of a desk.
-- So no view, and no decision, of a member whom the case is withheld from.
CREATE FUNCTION refuse_withheld_member() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A conflict that is just being recorded and a view pass each other only one after the other.
    PERFORM FROM referral_case WHERE case_id = NEW.case_id FOR SHARE;
    IF panel_withheld(NEW.case_id, CASE TG_TABLE_NAME WHEN 'panel_view' THEN (to_jsonb(NEW) ->> 'member_id')::uuid
            ELSE (to_jsonb(NEW) ->> 'decided_by')::uuid END) THEN
        RAISE EXCEPTION 'this case is withheld from this member';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_view_of_a_withheld_case BEFORE INSERT OR UPDATE ON panel_view
    FOR EACH ROW EXECUTE FUNCTION refuse_withheld_member();
CREATE TRIGGER no_decision_of_a_withheld_case BEFORE INSERT OR UPDATE ON panel_item
    FOR EACH ROW WHEN (NEW.decided_by IS NOT NULL) EXECUTE FUNCTION refuse_withheld_member();

-- What the panel is said to have agreed, it has: a decision stands, and no member's newest view sees a sign of abuse.
CREATE FUNCTION refuse_agreement_that_no_panel_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM panel_item WHERE panel_item.case_id = NEW.case_id AND decision = 'agree' AND NOT EXISTS (
        SELECT FROM (
            SELECT DISTINCT ON (member_id) recommendation FROM panel_view
            WHERE panel_view.case_id = NEW.case_id ORDER BY member_id, id DESC
        ) AS newest WHERE recommendation = 'specialist-pathway'
    );
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no panel has agreed this referral';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER panel_agreement_is_the_panels BEFORE INSERT ON referral
    FOR EACH ROW WHEN (NEW.agreed_by = 'panel') EXECUTE FUNCTION refuse_agreement_that_no_panel_made();

CREATE FUNCTION refuse_rewriting_panel() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what the panel has said and decided is only added to';
END $$;
CREATE TRIGGER views_are_only_added_to BEFORE UPDATE OR DELETE ON panel_view
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_panel();
CREATE TRIGGER decisions_stand BEFORE UPDATE OR DELETE ON panel_item
    FOR EACH ROW WHEN (OLD.decision IS NOT NULL) EXECUTE FUNCTION refuse_rewriting_panel();

-- A family that was stepped up to children's social care: why, when it was acknowledged there, and what became of it.
-- `held`: the case was put on hold for it. What was recorded is never changed; each step is added once.
CREATE TABLE step_up (
    step_up_id      uuid PRIMARY KEY,
    case_id         uuid NOT NULL REFERENCES referral_case,
    reason          text NOT NULL CHECK (reason IN (
        'child-at-risk-of-harm', 'child-needs-assessment', 'unborn-child', 'support-not-enough', 'they-ask')),
    held            boolean NOT NULL,
    at              timestamptz NOT NULL,
    who             text NOT NULL,
    acknowledged_at timestamptz,
    acknowledged_by text,
    back_at         timestamptz,
    back_by         text,
    outcome         text CHECK (outcome IN ('no-further-action', 'support-goes-on', 'taken-on', 'not-accepted')),
    CHECK (num_nonnulls(acknowledged_at, acknowledged_by) IN (0, 2)),
    CHECK (num_nonnulls(back_at, back_by, outcome) IN (0, 3)),
    CHECK (back_at IS NULL OR acknowledged_at IS NOT NULL)
);
-- A family is with children's social care once at a time.
CREATE UNIQUE INDEX step_up_under_way ON step_up (case_id) WHERE back_at IS NULL;

CREATE FUNCTION refuse_rewriting_step_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was stepped up is only added to';
END
$$;
CREATE TRIGGER step_up_is_only_added_to BEFORE UPDATE ON step_up
    FOR EACH ROW WHEN (
        OLD.back_at IS NOT NULL
        OR (OLD.acknowledged_at IS NOT NULL AND OLD.acknowledged_at IS DISTINCT FROM NEW.acknowledged_at)
        OR to_jsonb(OLD) - ARRAY['acknowledged_at', 'acknowledged_by', 'back_at', 'back_by', 'outcome']
            <> to_jsonb(NEW) - ARRAY['acknowledged_at', 'acknowledged_by', 'back_at', 'back_by', 'outcome']
    ) EXECUTE FUNCTION refuse_rewriting_step_up();
CREATE TRIGGER step_up_is_never_taken_out BEFORE DELETE ON step_up
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_step_up();

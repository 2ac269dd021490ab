-- What each of a family wants to be different, in their own words, agreed with a provider before the work and scored by how near
-- they are: then, and at its end (0 to 10). Sealed under the person's own key. Of one's provider alone.
CREATE TABLE goal (
    goal_id     uuid PRIMARY KEY,
    referral_id uuid NOT NULL REFERENCES referral,
    provider    text NOT NULL,
    person_id   uuid NOT NULL,
    sealed      jsonb NOT NULL CHECK (sealed ?& ARRAY['box', 'subject']),
    at_start    smallint NOT NULL CHECK (at_start BETWEEN 0 AND 10),
    who         text NOT NULL,
    at          timestamptz NOT NULL,
    at_end      smallint CHECK (at_end BETWEEN 0 AND 10),
    scored_by   text,
    scored_at   timestamptz,
    CHECK (num_nonnulls(at_end, scored_by, scored_at) IN (0, 3))
);
CREATE INDEX goal_referral ON goal (referral_id);

CREATE FUNCTION refuse_rewriting_goal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a goal stays as it was agreed';
END
$$;
-- Only how it stands at the end is added, and corrected while the work goes on.
CREATE TRIGGER goals_stay_as_agreed BEFORE UPDATE ON goal
    FOR EACH ROW WHEN (
        to_jsonb(OLD) - ARRAY['at_end', 'scored_by', 'scored_at'] <> to_jsonb(NEW) - ARRAY['at_end', 'scored_by', 'scored_at']
        AND NOT id_replaces_name(to_jsonb(OLD), to_jsonb(NEW), 'who')
    ) EXECUTE FUNCTION refuse_rewriting_goal();

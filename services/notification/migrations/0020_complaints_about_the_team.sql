-- A complaint about somebody of the area's team is not for the team: whoever leads it, or administers the area, reads it.
ALTER TABLE complaint ADD COLUMN about_team boolean NOT NULL DEFAULT false;

DROP TRIGGER complaints_stay_as_written ON complaint;
CREATE TRIGGER complaints_stay_as_written BEFORE UPDATE ON complaint
    FOR EACH ROW WHEN (
        (OLD.case_id, OLD.person_id, OLD.area, OLD.made_at, OLD.words, OLD.about_team) IS DISTINCT FROM
        (NEW.case_id, NEW.person_id, NEW.area, NEW.made_at, NEW.words, NEW.about_team)
        OR OLD.seen_at IS NOT NULL
    ) EXECUTE FUNCTION keep_what_a_parent_wrote();

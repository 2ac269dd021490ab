-- Children who take part no longer, or again, while a provider has the family.

-- The newest word of each child since the agreement, by the number of the case's change that it came with. The word may
-- be here before the agreement is: their topics race.
CREATE TABLE child_participation (
    case_id    uuid NOT NULL REFERENCES pathway_case,
    person_id  uuid NOT NULL,
    sequence   integer NOT NULL,
    takes_part boolean NOT NULL,
    PRIMARY KEY (case_id, person_id)
);

-- The newest word of a child that the provider of a referral was told.
ALTER TABLE referral ADD children_sequence integer NOT NULL DEFAULT -1;

-- The harm: a parent has said that a child is to be left out of it, or the time of their yes is over, and the child is
-- asked about its parents all the same. So an older word never stands over a newer one.
CREATE FUNCTION keep_the_newest_word_of_a_child() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the newest word of a child stands' USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER keep_the_newest_word_of_a_child BEFORE UPDATE ON child_participation
    FOR EACH ROW WHEN (NEW.sequence < OLD.sequence) EXECUTE FUNCTION keep_the_newest_word_of_a_child();

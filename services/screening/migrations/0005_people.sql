-- Under this age, in whole years on the day of the screening, a parent is for a person to look at.
ALTER TABLE area ADD COLUMN minimum_parent_age integer NOT NULL DEFAULT 16;

-- How a person stands to their case: among those who take part; not, or no longer; or not looked at yet, because they came
-- in the place of somebody else. Ids follow people, so several of a case may have had one ref.
ALTER TABLE person ADD COLUMN part text NOT NULL DEFAULT 'takes-part'
    CHECK (part IN ('takes-part', 'left', 'unconfirmed'));

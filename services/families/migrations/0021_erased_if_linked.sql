-- Somebody was erased while nobody had decided yet whether their family and another are one. Who of the other would be the same
-- human being, if it were: erased as well once a link is made, and taken out once it is refused. By then nothing of whoever was
-- erased can be read any more, so it has to be kept here.
CREATE TABLE erased_if_linked (
    person_id  uuid PRIMARY KEY,
    agency     text NOT NULL,
    family_ref text NOT NULL,
    erasure_id uuid NOT NULL REFERENCES erasure,
    -- The family that whoever was erased was of.
    of_agency  text NOT NULL,
    of_ref     text NOT NULL
);

-- A champion who stood down may be named again: only a number of its own tells the two rows apart.
ALTER TABLE champion ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;

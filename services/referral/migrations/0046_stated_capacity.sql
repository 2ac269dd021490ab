-- How many places a provider says that an offer has for now. While a row is there, `offer.capacity` is the number of
-- families at once that is in force, and `agreed` what the directory says: whatever gives places looks at one number.
CREATE TABLE stated_capacity (
    offer     text PRIMARY KEY,
    provider  text NOT NULL,
    agreed    integer,
    families  integer NOT NULL CHECK (families >= 0),
    until     date NOT NULL,
    note      text NOT NULL,
    stated_by text NOT NULL,
    stated_at timestamptz NOT NULL
);

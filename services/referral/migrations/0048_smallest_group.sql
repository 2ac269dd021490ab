-- Counts of people below this are held back from whoever does not administer the area: of other providers, from a provider's manager.
ALTER TABLE area ADD COLUMN smallest_group integer NOT NULL DEFAULT 10 CHECK (smallest_group >= 1);

-- Since when every claimed id is still there: whether a record from after it had its effect, ids say with certainty.
ALTER TABLE inbox_age ADD COLUMN kept_since timestamptz NOT NULL DEFAULT now();
-- Where nothing was read yet, no id was ever deleted.
UPDATE inbox_age SET kept_since = CASE WHEN EXISTS (SELECT FROM settled) THEN since ELSE '-infinity' END;

-- Since which batch analysts have the facts of a release as they are now on a topic of their own, beside the log. Null: they
-- have them on the log alone, and the next batch gives them all.
ALTER TABLE release ADD COLUMN current_since date;

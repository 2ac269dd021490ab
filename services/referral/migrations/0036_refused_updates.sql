-- Why an update was refused, for whoever gave it on a page and waits there for the answer.
ALTER TABLE provider_update ADD COLUMN refused text, ADD COLUMN findings jsonb;

-- A front door that has left the directory is asked for nothing: no parent's request goes to it. Entries that came before
-- this say so when they are applied again.
ALTER TABLE agency ADD COLUMN has_left boolean NOT NULL DEFAULT false;

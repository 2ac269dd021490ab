-- What the directory calls its entries, as the pages of all services ask for it.
CREATE VIEW directory_name AS
SELECT split_part(key, '/', 1) AS kind, split_part(key, '/', 2) AS id, entry ->> 'name' AS name FROM entry;

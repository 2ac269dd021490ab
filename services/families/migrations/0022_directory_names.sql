-- What the directory calls areas and agencies, as the pages of all services ask for it.
CREATE VIEW directory_name AS
SELECT 'area' AS kind, area AS id, name FROM area
UNION ALL SELECT 'agency', agency, name FROM agency;

-- What the directory calls areas and agencies, beside providers: pages show names. Null until the directory publishes an entry
-- again.
ALTER TABLE area ADD COLUMN name text;
ALTER TABLE agency ADD COLUMN name text;

CREATE VIEW directory_name AS
SELECT 'area' AS kind, area AS id, name FROM area
UNION ALL SELECT 'agency', agency, name FROM agency
UNION ALL SELECT 'provider', provider, name FROM provider;

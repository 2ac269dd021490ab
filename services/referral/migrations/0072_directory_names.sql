-- What the directory calls agencies, providers and offers, beside areas: pages and mails show names. Null until the directory
-- publishes an entry again, and for an offer that has none.
ALTER TABLE agency ADD COLUMN name text;
ALTER TABLE provider ADD COLUMN name text;
ALTER TABLE offer ADD COLUMN name text;

CREATE VIEW directory_name AS
SELECT 'area' AS kind, area AS id, name FROM area
UNION ALL SELECT 'agency', agency, name FROM agency
UNION ALL SELECT 'provider', provider, name FROM provider
UNION ALL SELECT 'offer', offer, name FROM offer;

-- Whoever acts through a service's pages has a key too: their names are sealed.
ALTER TABLE data_key DROP CONSTRAINT data_key_kind_check;
ALTER TABLE data_key ADD CONSTRAINT data_key_kind_check CHECK (kind IN ('person', 'practitioner', 'staff', 'dead-letter'));

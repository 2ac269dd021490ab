-- The workforce service keeps practitioners' names and addresses, and sees no other kind of key.

GRANT SELECT, INSERT ON data_key TO workforce;

CREATE POLICY make_own_practitioners ON data_key FOR INSERT
    TO workforce WITH CHECK (made_by = current_user AND kind IN ('practitioner', 'dead-letter'));
CREATE POLICY read_practitioners ON data_key FOR SELECT TO workforce
    USING (kind = 'practitioner' OR made_by = current_user);

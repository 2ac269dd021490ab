-- The families service opens what recognises a person, makes keys for its own dead letters alone, and erases nobody's.

GRANT SELECT, INSERT ON data_key TO families;

CREATE POLICY make_own_of_families ON data_key FOR INSERT
    TO families WITH CHECK (made_by = current_user AND kind = 'dead-letter');
CREATE POLICY read_people_of_families ON data_key FOR SELECT TO families
    USING (kind = 'person' OR made_by = current_user);

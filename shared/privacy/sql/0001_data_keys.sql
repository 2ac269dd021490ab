-- The keyring. Each service sees only the kinds of key that its work needs; nobody lists keys that are not theirs.

CREATE TABLE data_key (
    subject    uuid PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('person', 'practitioner', 'dead-letter')),
    wrapped    bytea,
    made_by    name NOT NULL DEFAULT current_user,
    made_at    timestamptz NOT NULL DEFAULT now(),
    erased_at  timestamptz,
    CHECK ((wrapped IS NULL) = (erased_at IS NOT NULL))
);

ALTER TABLE data_key ENABLE ROW LEVEL SECURITY;

GRANT SELECT, INSERT ON data_key TO screening, referral, notification, outcomes;
GRANT UPDATE (wrapped, erased_at) ON data_key TO screening;

CREATE POLICY make_own ON data_key FOR INSERT
    TO screening, referral, notification, outcomes WITH CHECK (made_by = current_user);
-- A row that conflicts on insert must be visible to its inserter, so each reader names its kinds here once.
CREATE POLICY read_people ON data_key FOR SELECT TO screening, referral, notification
    USING (kind IN ('person', 'practitioner'));
CREATE POLICY read_own ON data_key FOR SELECT TO screening, referral, notification, outcomes
    USING (made_by = current_user);
CREATE POLICY erase ON data_key FOR UPDATE TO screening USING (true);

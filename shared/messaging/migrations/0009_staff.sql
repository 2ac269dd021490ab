-- Whoever acts for us stands in other tables by an id that says nothing; their name is here, sealed under their own key.
CREATE TABLE staff (
    staff_id text PRIMARY KEY CHECK (staff_id ~ '^staff-[0-9a-f]{32}$'),
    sealed   jsonb NOT NULL CHECK (sealed ? 'box')
);

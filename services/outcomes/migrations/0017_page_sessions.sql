-- Sessions of people in a browser. They are no row of the service's: a schema of their own keeps them out of the changelog,
-- and a database that was lost or crashed has people sign in again. `sealed` opens with the browser's cookie alone.
CREATE SCHEMA web;
CREATE UNLOGGED TABLE web.page_session (
    id         bytea PRIMARY KEY,
    sealed     bytea NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL
);

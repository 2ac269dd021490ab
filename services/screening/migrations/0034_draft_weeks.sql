-- In which weeks it was counted whose drafts are deleted soon, for whoever wants it by mail: once in each, whatever is started
-- again. The week in which this is applied has its Monday behind it; its time is that Monday's, so that a database that is rebuilt
-- meanwhile is as the one in use.
CREATE TABLE draft_week (
    week      date PRIMARY KEY,
    looked_at timestamptz NOT NULL
);
INSERT INTO draft_week
SELECT monday::date, monday AT TIME ZONE 'Europe/London'
FROM date_trunc('week', now() AT TIME ZONE 'Europe/London') AS monday;

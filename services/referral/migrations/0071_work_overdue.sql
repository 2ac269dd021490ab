-- In which weeks it was counted what is overdue, for whoever wants it by mail: once in each, whatever is started again. The
-- week in which this is applied has its Monday behind it.
CREATE TABLE overdue_week (
    week      date PRIMARY KEY,
    looked_at timestamptz NOT NULL
);
INSERT INTO overdue_week VALUES (date_trunc('week', now() AT TIME ZONE 'Europe/London')::date, now());

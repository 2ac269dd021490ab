-- What of each partition has been settled: had its effect, or is a dead letter, or was passed over. It is written in the
-- transaction of the effects, so a replay is known for one however long ago its ids were forgotten.
CREATE TABLE settled (
    subscription text NOT NULL,
    topic        text NOT NULL,
    partition    integer NOT NULL,
    offsets      int8multirange NOT NULL,
    -- The latest of the broker's timestamps among them, in milliseconds since 1970. A record at a settled offset with a
    -- later one belongs to a log that began anew under the same name.
    newest_ms    bigint NOT NULL,
    PRIMARY KEY (subscription, topic, partition)
) WITH (
    -- One row a partition, written with every batch: room to do it in place, and vacuum by count.
    fillfactor = 20,
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0
);

-- Ids are forgotten by the table: the one before last is emptied at once, however many there are, and the last takes its
-- place. So ids are kept for one to two windows.
CREATE TABLE inbox_before (LIKE inbox INCLUDING ALL);

-- Since when ids are claimed in `inbox`, those claimed before being in `inbox_before`. One row.
CREATE TABLE inbox_age (
    id    boolean PRIMARY KEY DEFAULT true CHECK (id),
    since timestamptz NOT NULL
);
-- What was claimed before this migration is not in `settled`: its ids are kept until the operator says otherwise.
INSERT INTO inbox_age (since) SELECT CASE WHEN EXISTS (SELECT FROM inbox) THEN 'infinity' ELSE now() END;

-- When every record that the relay had sent was deleted from the outbox for the last time. One row. What is still there
-- may have been sent after it, and not before.
CREATE TABLE relay_clear (
    id boolean PRIMARY KEY DEFAULT true CHECK (id),
    at timestamptz NOT NULL
);

"""What every outbox ever committed, kept by a trigger of the oracle's own in the same transaction.

A row that is rolled back leaves nothing here; one that is committed stays although the relay deletes it from the
outbox. The order of commits is PostgreSQL's own record of them (`track_commit_timestamp`), not a sequence.
"""

from dataclasses import dataclass

from tests.faults.world import World, databases

_SCRIPT = """
CREATE SCHEMA faults;
CREATE TABLE faults.committed (
    place   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ce_id   text NOT NULL,
    topic   text NOT NULL,
    subject text NOT NULL,
    cause   text,
    digest  text NOT NULL
);
-- How long, at most, a transaction waits after it has taken its ids: a slow disk, or a slow network before the commit.
CREATE TABLE faults.slowness (longest_s double precision NOT NULL);
INSERT INTO faults.slowness VALUES (0);
CREATE FUNCTION faults.header(headers jsonb, name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT pair ->> 1 FROM jsonb_array_elements(headers) AS pair WHERE pair ->> 0 = name LIMIT 1
$$;
CREATE FUNCTION faults.remember() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    longest double precision;
BEGIN
    INSERT INTO faults.committed (ce_id, topic, subject, cause, digest)
        SELECT faults.header(headers, 'ce_id'), topic, faults.header(headers, 'ce_subject'),
            faults.header(headers, 'ce_causationid'), md5(key || value)
        FROM added ORDER BY id;
    SELECT longest_s INTO longest FROM faults.slowness;
    IF longest > 0 THEN
        PERFORM pg_sleep(random() * longest);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER faults_remember AFTER INSERT ON public.outbox REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION faults.remember();
"""


@dataclass(frozen=True)
class Committed:
    """One record that a service's transaction committed to send."""

    service: str
    ce_id: str
    topic: str
    subject: str
    cause: str | None
    digest: str
    order: tuple[float, int]


def install(world: World) -> None:
    """Adds the trigger to every outbox. PostgreSQL was started so that it keeps the time of every commit."""
    for database in databases():
        world.execute(database, _SCRIPT)


def committed(world: World) -> list[Committed]:
    """Everything, service by service, in the order of the commits."""
    found: list[Committed] = []
    for service in databases():
        rows = world.query(
            service,
            """
            SELECT ce_id, topic, subject, cause, digest, place,
                extract(epoch FROM pg_xact_commit_timestamp(xmin))::double precision AS at
            FROM faults.committed
            """,
        )
        found += [
            Committed(service, r["ce_id"], r["topic"], r["subject"], r["cause"], r["digest"], (r["at"], r["place"]))
            for r in rows
        ]
    return sorted(found, key=lambda each: each.order)

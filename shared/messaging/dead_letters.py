"""Dead letters: what could not be used, why, and where it stands; once more when the cause is gone.

The record itself is sealed under a key of its own: it may hold personal data, and nobody knows whose.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from shared.contracts.base import Sealed
from shared.contracts.dead_letters import FindingMade, RecordDeadLettered
from shared.contracts.topics import dead_letter_topic
from shared.database.connection import Connection
from shared.messaging.envelope import Envelope, new_id, read_headers, write_headers
from shared.messaging.outbox import Outgoing
from shared.messaging.records import NO_EFFECTS, Finding, Record
from shared.privacy.keyring import Keyring

_FIELD = "record"
# Sealed, a record is almost twice its size, and a broker takes 1 MiB by default. What it refuses would hold back every
# later dead letter of the topic.
_LONGEST_BOX = 700_000


@dataclass(frozen=True, slots=True)
class Unusable:
    """A record with what is wrong with it. `id` is what the inbox claims, `event` what was read of it, if it was."""

    id: UUID
    record: Record
    findings: tuple[Finding, ...]
    envelope: Envelope
    event: Any | None = None


async def bury(
    connection: Connection, keyring: Keyring, service: str, subscription: str, dead: Sequence[Unusable]
) -> list[Outgoing]:
    """Stores dead letters and returns what is to be published of them. Never commits.

    The same broken record sent again is the same dead letter, seen once more, and is not published again; one that
    was resolved or discarded waits again.
    """
    if not dead:
        return []
    prints = [keyring.fingerprint(_identity(subscription, item.record)) for item in dead]
    ids = [UUID(bytes=fingerprint[:16]) for fingerprint in prints]
    keys = await keyring.for_sealing(ids, "dead-letter")
    now = datetime.now(UTC)
    outgoing: list[Outgoing] = []
    for item, fingerprint, letter_id in zip(dead, prints, ids, strict=True):
        record = item.record
        sealed = keys.seal(letter_id, _FIELD, _contents(record))
        first = await connection.fetchval(
            """
            INSERT INTO dead_letter
                (id, subscription, topic, partition, "offset", recorded_at, findings, fingerprint, sealed)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (subscription, fingerprint) DO UPDATE
                SET times_seen = dead_letter.times_seen + 1, status = 'open', changed_at = now()
            RETURNING times_seen = 1
            """,
            letter_id,
            subscription,
            record.topic,
            record.partition,
            record.offset,
            now,
            [finding.as_json() for finding in item.findings],
            fingerprint,
            sealed.model_dump(mode="json"),
        )
        if first:
            letter = RecordDeadLettered(
                dead_letter_id=letter_id,
                subscription=subscription,
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                recorded_at=now,
                findings=tuple(FindingMade(field=f.field, rule=f.rule) for f in item.findings),
                attempts=1,
                sealed=sealed if len(sealed.box) <= _LONGEST_BOX else None,
            )
            outgoing.append(_published(letter, service, record))
    return outgoing


def _published(letter: RecordDeadLettered, service: str, record: Record) -> Outgoing:
    headers = write_headers(
        event_id=new_id(),
        event_type=letter.ce_type(),
        source=service,
        time=letter.recorded_at,
        subject=str(letter.dead_letter_id),
        cause=read_headers(record.headers),
    )
    value = orjson.dumps(letter.model_dump(mode="json"))
    return Outgoing(dead_letter_topic(record.topic), str(letter.dead_letter_id).encode(), value, headers)


def _identity(subscription: str, record: Record) -> bytes:
    parts = (subscription.encode(), record.topic.encode(), record.key or b"", record.value or b"")
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def _contents(record: Record) -> dict[str, Any]:
    def text(data: bytes | None) -> str | None:
        return None if data is None else base64.b64encode(data).decode()

    return {
        "key": text(record.key),
        "value": text(record.value),
        "headers": [[name, text(value)] for name, value in record.headers],
        "timestamp_ms": record.timestamp_ms,
    }


_COLUMNS = """id, subscription, topic, partition, "offset", recorded_at, findings, attempts, times_seen, status"""


async def open_count(connection: "asyncpg.Pool[Any]") -> int:
    """How many dead letters wait for somebody."""
    return int(await connection.fetchval("SELECT count(*) FROM dead_letter WHERE status = 'open'"))


async def listing(pool: "asyncpg.Pool[Any]", *, reason: str | None, limit: int) -> list[dict[str, Any]]:
    """Open dead letters, oldest first; `reason` is text within a finding's field or rule."""
    rows = await pool.fetch(
        f"""
        SELECT {_COLUMNS} FROM dead_letter
        WHERE status = 'open' AND ($1::text IS NULL OR findings::text ILIKE '%' || $1 || '%')
        ORDER BY recorded_at, id LIMIT $2
        """,  # noqa: S608 - the columns are a constant of this module
        reason,
        limit,
    )
    return [dict(row) for row in rows]


async def one(pool: "asyncpg.Pool[Any]", letter_id: UUID) -> dict[str, Any] | None:
    """One dead letter with what was done about it, without its sealed contents; None where there is none."""
    row = await pool.fetchrow(f"SELECT {_COLUMNS} FROM dead_letter WHERE id = $1", letter_id)  # noqa: S608
    if row is None:
        return None
    audit = await pool.fetch(
        "SELECT at, actor, action, outcome, reason FROM dead_letter_audit WHERE dead_letter_id = $1 ORDER BY id",
        letter_id,
    )
    return {**dict(row), "audit": [dict(entry) for entry in audit]}


async def exhume(pool: "asyncpg.Pool[Any]", keyring: Keyring, letter_id: UUID) -> tuple[str, Record] | None:
    """The subscription and the record of an open dead letter, opened for one more attempt; None where there is none."""
    row = await pool.fetchrow("SELECT * FROM dead_letter WHERE id = $1 AND status = 'open'", letter_id)
    if row is None:
        return None
    sealed = Sealed.model_validate(row["sealed"])
    contents = (await keyring.for_opening([sealed])).open(sealed)

    def data(text: str | None) -> bytes | None:
        return None if text is None else base64.b64decode(text)

    record = Record(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["offset"],
        timestamp_ms=contents["timestamp_ms"],
        key=data(contents["key"]),
        value=data(contents["value"]),
        headers=tuple((name, data(value) or b"") for name, value in contents["headers"]),
    )
    return row["subscription"], record


async def still_open(connection: Connection, letter_id: UUID) -> bool:
    """Whether a dead letter still waits; it stays locked until the transaction ends."""
    found = await connection.fetchval(
        "SELECT true FROM dead_letter WHERE id = $1 AND status = 'open' FOR UPDATE", letter_id
    )
    return bool(found)


async def lacks_effects(connection: Connection, letter_id: UUID) -> bool:
    """Whether an open dead letter is of a record whose certain parts could not take effect. Locks it as above."""
    found = await connection.fetchval(
        "SELECT findings @> $2::jsonb FROM dead_letter WHERE id = $1 AND status = 'open' FOR UPDATE",
        letter_id,
        [NO_EFFECTS.as_json()],
    )
    return bool(found)


async def note_attempt(connection: Connection, letter_id: UUID, actor: str, findings: Sequence[Finding]) -> None:
    """Writes down one more attempt: without findings it succeeded, and the letter is resolved."""
    status = "open" if findings else "resolved"
    await connection.execute(
        """
        UPDATE dead_letter SET attempts = attempts + 1, status = $2, changed_at = now(),
            findings = CASE WHEN $2 = 'open' THEN $3::jsonb ELSE findings END
        WHERE id = $1
        """,
        letter_id,
        status,
        [finding.as_json() for finding in findings],
    )
    await connection.execute(
        "INSERT INTO dead_letter_audit (dead_letter_id, actor, action, outcome) VALUES ($1, $2, 'retry', $3)",
        letter_id,
        actor,
        status,
    )


async def discard(connection: Connection, letter_id: UUID, actor: str, reason: str) -> bool:
    """Gives an open dead letter up, with who and why. False where there is none. Its sealed contents stay for audit."""
    found = await connection.fetchval(
        """
        UPDATE dead_letter SET status = 'discarded', changed_at = now()
        WHERE id = $1 AND status = 'open' RETURNING true
        """,
        letter_id,
    )
    if found:
        await connection.execute(
            """
            INSERT INTO dead_letter_audit (dead_letter_id, actor, action, outcome, reason)
            VALUES ($1, $2, 'discard', 'discarded', $3)
            """,
            letter_id,
            actor,
            reason,
        )
    return bool(found)

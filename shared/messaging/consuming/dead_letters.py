"""Dead letters: records that could not be used, with the reason and position, for a retry once the cause is gone.

The record itself is sealed under a key of its own, since it may hold personal data of an unknown person.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import structlog

from shared.contracts.base import Sealed
from shared.contracts.dead_letters import DiscardReason, FindingMade, RecordDeadLettered
from shared.contracts.topics import OUTSIDE_PREFIXES, dead_letter_topic, is_outside
from shared.messaging.consuming.corrections import reference
from shared.messaging.core.envelope import Cause, Envelope, new_id, write_headers
from shared.messaging.core.records import NO_EFFECTS, Finding, Record
from shared.messaging.core.transient_errors import is_transient
from shared.messaging.publishing.outbox import Outgoing
from shared.postgres.connection import Connection
from shared.privacy.keyring import Keyring
from shared.privacy.sealing import CannotOpenError
from shared.telemetry import metrics

Reread = Callable[[str, int, int], Awaitable[Record | None]]
"""Reads a record again by topic, partition and offset."""
_FIELD = "record"
# A sealed record is almost twice as large, and a broker's default limit is 1 MiB. A dead letter that it refuses would
# block every later one of the topic.
_LONGEST_BOX = 700_000
# A broker's default message limit. A larger record was compressed; it is read again from its topic instead.
_LARGEST_KEPT = 1024 * 1024
# Sealing calls the keyring while a partition waits.
_SEALING_S = 5.0
UNSTATED = Finding("record", "cannot be used, and what is wrong with it cannot be stored")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Unusable:
    """A record with its findings. `id` is claimed in the inbox; `event` is the parsed event, if parsing succeeded.

    `faulty` means that a defect of ours is the cause, and not a rule that the record breaks.
    """

    id: UUID
    record: Record
    findings: tuple[Finding, ...]
    envelope: Envelope
    event: Any | None = None
    faulty: bool = False


@dataclass(frozen=True, slots=True)
class _Letter:
    """A dead letter as a row: `fingerprint` recognises its record, `own_id` a corrected version of it."""

    id: UUID
    subscription: str
    record: Record
    recorded_at: datetime
    findings: tuple[Finding, ...]
    fingerprint: bytes
    sealed: Sealed | None
    own_id: bytes | None


async def store(
    connection: Connection, keyring: Keyring, service: str, subscription: str, dead: Sequence[Unusable]
) -> list[Outgoing]:
    """Stores dead letters and returns the events to publish about them. Never commits.

    The same broken record sent again is the same dead letter, seen once more; it is not published again, and is open
    again if it was resolved or discarded. Only the service's own database can keep a letter from being stored: when the
    record cannot be sealed, the letter is stored without it, because the record is still in its topic.
    """
    if not dead:
        return []
    prints = [keyring.fingerprint(_identity(subscription, item.record)) for item in dead]
    # Services share the keyring, and one record may be unusable to several of them: each gets a key of its own.
    ids = [UUID(bytes=keyring.fingerprint(service.encode() + b"/" + each)[:16]) for each in prints]
    boxes = await _sealed(keyring, subscription, ids, [item.record for item in dead])
    now = datetime.now(UTC)
    outgoing: list[Outgoing] = []
    for item, fingerprint, letter_id, box in zip(dead, prints, ids, boxes, strict=True):
        record = item.record
        letter = _Letter(
            letter_id, subscription, record, now, item.findings, fingerprint, box, reference(keyring, record)
        )
        try:
            async with connection.transaction():
                first = await _insert(connection, letter)
        except Exception as error:
            if is_transient(error):
                raise
            # The database refuses some detail: the letter is stored at least with its position.
            log.error("dead letter stored in its simplest form", subscription=subscription, fault=type(error).__name__)
            letter = replace(letter, findings=(UNSTATED,), sealed=None)
            first = await _insert(connection, letter)
        if first:
            outgoing.append(_published(letter, service, item))
    return outgoing


async def _insert(connection: Connection, letter: _Letter) -> bool:
    """Stores one letter; returns whether it is new."""
    record = letter.record
    return bool(
        await connection.fetchval(
            """
            INSERT INTO dead_letter
                (id, subscription, topic, partition, "offset", recorded_at, findings, fingerprint, sealed,
                reference)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (subscription, fingerprint) DO UPDATE
                SET times_seen = dead_letter.times_seen + 1, status = 'open', changed_at = now()
            RETURNING times_seen = 1
            """,
            letter.id,
            letter.subscription,
            record.topic,
            record.partition,
            record.offset,
            letter.recorded_at,
            [finding.as_json() for finding in letter.findings],
            letter.fingerprint,
            letter.sealed.model_dump(mode="json") if letter.sealed else None,
            letter.own_id,
        )
    )


async def _sealed(
    keyring: Keyring, subscription: str, ids: Sequence[UUID], records: Sequence[Record]
) -> list[Sealed | None]:
    """The sealed records; None for one that is too large to store twice or that the keyring could not seal."""
    to_seal = {
        letter_id: record
        for letter_id, record in zip(ids, records, strict=True)
        if len(record.value or b"") <= _LARGEST_KEPT
    }
    boxes: dict[UUID, Sealed] = {}
    try:
        async with asyncio.timeout(_SEALING_S):
            keys = await keyring.for_sealing(to_seal, "dead-letter")
        for letter_id, record in to_seal.items():
            with suppress(CannotOpenError):  # its key was erased
                boxes[letter_id] = keys.seal(letter_id, _FIELD, _contents(record))
    except Exception as error:  # a keyring that is unavailable or refuses must not hold up a partition
        log.error("dead letters stored without their records", subscription=subscription, fault=type(error).__name__)
    found = [boxes.get(letter_id) for letter_id in ids]
    if missing := found.count(None):
        metrics.RECORDS_NOT_KEPT.labels(subscription).inc(missing)
    return found


def _published(letter: _Letter, service: str, item: Unusable) -> Outgoing:
    record, sealed = letter.record, letter.sealed
    event = RecordDeadLettered(
        dead_letter_id=letter.id,
        subscription=letter.subscription,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        recorded_at=letter.recorded_at,
        findings=tuple(FindingMade(field=f.field, rule=f.rule) for f in letter.findings),
        attempts=1,
        sealed=sealed if sealed and len(sealed.box) <= _LONGEST_BOX else None,
    )
    headers = write_headers(
        event_id=new_id(),
        event_type=event.ce_type(),
        source=service,
        time=event.recorded_at,
        subject=str(letter.id),
        cause=None if is_outside(record.topic) else Cause(item.envelope.id, item.envelope),
    )
    value = orjson.dumps(event.model_dump(mode="json"))
    return Outgoing(dead_letter_topic(record.topic), str(letter.id).encode(), value, headers)


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


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many dead letters are open: all, those of our own making, and those whose effects failed."""

    all: int
    own: int
    without_effects: int


async def waiting(pool: "asyncpg.Pool[Any]") -> Waiting:
    """Counts the open dead letters."""
    row = await pool.fetchrow(
        """
        SELECT count(*) AS all, count(*) FILTER (WHERE NOT topic ^@ ANY($1::text[])) AS own,
            count(*) FILTER (WHERE findings @> $2::jsonb) AS without_effects
        FROM dead_letter WHERE status = 'open'
        """,
        list(OUTSIDE_PREFIXES),
        [NO_EFFECTS.as_json()],
    )
    return Waiting(**dict(row)) if row else Waiting(0, 0, 0)


async def listing(pool: "asyncpg.Pool[Any]", *, reason: str | None, limit: int) -> list[dict[str, Any]]:
    """Open dead letters, oldest first; `reason` filters by text in a finding's field or rule."""
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
    """A dead letter with its audit trail and without its sealed contents; None if there is none."""
    row = await pool.fetchrow(f"SELECT {_COLUMNS} FROM dead_letter WHERE id = $1", letter_id)  # noqa: S608
    if row is None:
        return None
    audit = await pool.fetch(
        "SELECT at, actor, action, outcome, reason FROM dead_letter_audit WHERE dead_letter_id = $1 ORDER BY id",
        letter_id,
    )
    return {**dict(row), "audit": [dict(entry) for entry in audit]}


async def reopen(
    pool: "asyncpg.Pool[Any]", keyring: Keyring, letter_id: UUID, reread: Reread
) -> tuple[str, Record] | None:
    """The subscription and record of an open dead letter, unsealed for a retry; None if there is none.

    For a letter stored without its record, `reread` fetches it from its topic. Raises CannotOpenError when the record
    no longer exists anywhere, and whatever `reread` raises.
    """
    row = await pool.fetchrow("SELECT * FROM dead_letter WHERE id = $1 AND status = 'open'", letter_id)
    if row is None:
        return None
    if row["sealed"] is None:
        again = await reread(row["topic"], row["partition"], row["offset"])
        if again is None or keyring.fingerprint(_identity(row["subscription"], again)) != row["fingerprint"]:
            raise CannotOpenError("the record is no longer in its topic")
        return row["subscription"], again
    sealed = Sealed.model_validate(row["sealed"])
    contents = (await keyring.for_opening([sealed])).open(sealed)
    return row["subscription"], record_of(row, contents)


def record_of(row: Mapping[str, Any], contents: Mapping[str, Any]) -> Record:
    """The record of a letter's row, whose box opens to `contents`."""

    def data(text: str | None) -> bytes | None:
        return None if text is None else base64.b64decode(text)

    return Record(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["offset"],
        timestamp_ms=contents["timestamp_ms"],
        key=data(contents["key"]),
        value=data(contents["value"]),
        headers=tuple((name, data(value) or b"") for name, value in contents["headers"]),
    )


async def still_open(connection: Connection, letter_id: UUID) -> bool:
    """Whether a dead letter is still open; it stays locked until the transaction ends."""
    found = await connection.fetchval(
        "SELECT true FROM dead_letter WHERE id = $1 AND status = 'open' FOR UPDATE", letter_id
    )
    return bool(found)


async def lacks_effects(connection: Connection, letter_id: UUID) -> bool:
    """Whether an open dead letter's certain parts failed to take effect; it stays locked until the transaction ends."""
    found = await connection.fetchval(
        "SELECT findings @> $2::jsonb FROM dead_letter WHERE id = $1 AND status = 'open' FOR UPDATE",
        letter_id,
        [NO_EFFECTS.as_json()],
    )
    return bool(found)


async def note_attempt(connection: Connection, letter_id: UUID, actor: str, findings: Sequence[Finding]) -> None:
    """Records an attempt; without findings it succeeded and the letter is resolved."""
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


async def discard(connection: Connection, letter_id: UUID, actor: str, reason: DiscardReason) -> bool:
    """Discards an open dead letter, recording who and why. False if there is none. Sealed contents stay for audit."""
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

"""The table `audit` of a service's database: added to and read, never changed."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shared.audit.entry import Access, Entry, Subjects, chained
from shared.postgres.connection import Connection
from shared.postgres.locks import AdvisoryLock

_COLUMNS = (
    *("sequence", "form", "service", "at", "who", "roles", "areas", "action", "request", "outcome"),
    *("cases", "families", "persons", "practitioners", "records", "reason", "address", "correlation_id"),
    *("previous", "hash"),
)
_LISTED = ", ".join(_COLUMNS)
_INSERT = f"INSERT INTO audit ({_LISTED}) VALUES ({', '.join(f'${place}' for place in range(1, len(_COLUMNS) + 1))})"  # noqa: S608
_PREFETCH = 1_000


@dataclass(frozen=True)
class Wanted:
    """Which entries are asked for: of anything that is named here. `areas` are those of whoever asks, None for all."""

    cases: frozenset[UUID] = frozenset()
    families: frozenset[UUID] = frozenset()
    persons: frozenset[UUID] = frozenset()
    practitioners: frozenset[UUID] = frozenset()
    areas: tuple[str, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None


async def append(connection: Connection, service: str, accesses: Sequence[Access]) -> list[Entry]:
    """Adds entries after the last one, in this order. Never commits: the next waits until the transaction ends."""
    await lock(connection)
    before = await head(connection)
    entries: list[Entry] = []
    for access in accesses:
        entry = chained(service, access, datetime.now(UTC), before)
        entries.append(entry)
        before = entry.sequence, entry.hash
    if len(entries) == 1:
        await connection.execute(_INSERT, *_row(entries[0]))
    else:
        await connection.executemany(_INSERT, [_row(entry) for entry in entries])
    return entries


async def lock(connection: Connection) -> None:
    """Has whoever adds an entry wait for this transaction. What is read after it is never older than the lock."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", AdvisoryLock.AUDIT.number)


async def head(connection: Connection) -> tuple[int, str] | None:
    """Sequence and hash of the last entry; None where there is none."""
    row = await connection.fetchrow("SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1")
    return (row["sequence"], row["hash"]) if row else None


async def last(connection: Connection) -> Entry | None:
    """The last entry; None where there is none."""
    row = await connection.fetchrow(f"SELECT {_LISTED} FROM audit ORDER BY sequence DESC LIMIT 1")  # noqa: S608
    return _entry(row) if row else None


async def every(connection: Connection) -> AsyncIterator[Entry]:
    """All entries in the order of their numbers. Needs a transaction, which lasts as long as the reading."""
    async for row in connection.cursor(f"SELECT {_LISTED} FROM audit ORDER BY sequence", prefetch=_PREFETCH):  # noqa: S608
        yield _entry(row)


async def part(connection: Connection, after: int, limit: int) -> list[Entry]:
    """The entries that come after this number, so many of them."""
    rows = await connection.fetch(
        f"SELECT {_LISTED} FROM audit WHERE sequence > $1 ORDER BY sequence LIMIT $2",  # noqa: S608
        after,
        limit,
    )
    return [_entry(row) for row in rows]


async def hash_of(connection: Connection, sequence: int) -> str | None:
    """The hash that is stored with an entry; None where there is none of this number."""
    found: str | None = await connection.fetchval("SELECT hash FROM audit WHERE sequence = $1", sequence)
    return found


async def about(connection: Connection, wanted: Wanted, limit: int) -> list[Entry]:
    """The newest entries that are asked for, oldest first."""
    rows = await connection.fetch(
        f"""
        SELECT {_LISTED} FROM audit
        WHERE (cases && $1::uuid[] OR families && $2::uuid[] OR persons && $3::uuid[] OR practitioners && $4::uuid[])
            AND ($5::text[] IS NULL OR areas && $5) AND ($6::timestamptz IS NULL OR at >= $6)
            AND ($7::timestamptz IS NULL OR at < $7)
        ORDER BY sequence DESC LIMIT $8
        """,  # noqa: S608 - names of columns
        *(list(ids) for ids in (wanted.cases, wanted.families, wanted.persons, wanted.practitioners)),
        None if wanted.areas is None else list(wanted.areas),
        wanted.since,
        wanted.until,
        limit,
    )
    return [_entry(row) for row in reversed(rows)]


def _row(entry: Entry) -> tuple[Any, ...]:
    access, subjects = entry.access, entry.access.subjects
    return (
        *(entry.sequence, entry.form, entry.service, entry.at, access.who, access.roles, access.areas),
        *(access.action, access.request, str(access.outcome)),
        *(subjects.cases, subjects.families, subjects.persons, subjects.practitioners, subjects.records),
        *(access.reason, access.address, access.correlation_id, entry.previous, entry.hash),
    )


def _entry(row: Mapping[str, Any]) -> Entry:
    subjects = Subjects(*(tuple(row[name]) for name in ("cases", "families", "persons", "practitioners", "records")))
    access = Access(
        who=row["who"],
        action=row["action"],
        request=row["request"],
        outcome=row["outcome"],
        correlation_id=row["correlation_id"],
        roles=tuple(row["roles"]),
        areas=tuple(row["areas"]),
        subjects=subjects,
        reason=row["reason"],
        address=row["address"],
    )
    return Entry(
        row["service"], row["sequence"], row["at"].astimezone(UTC), access, row["previous"], row["hash"], row["form"]
    )

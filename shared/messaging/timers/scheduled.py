"""Scheduled timers: stored with the decision that asks for them, and cancelled with the one that ends them.

A handler schedules and cancels on its own transaction's connection, so a timer exists if and only if its cause was
committed. `shared.messaging.timers.firing` fires timers that are due.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg

from shared.messaging.publishing.transaction import Transaction
from shared.postgres.connection import Connection


@dataclass(frozen=True, slots=True)
class ScheduledTimer:
    """One timer. `key` is the id of what it is about, or that id followed by a slash and more; `value` is JSON without
    personal data. Kind and key are unique: scheduling again replaces time and value.
    """

    kind: str
    key: str
    at: datetime
    value: dict[str, Any] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """The id of what the timer is about."""
        return self.key.partition("/")[0]


Fire = Callable[[Transaction, Sequence[ScheduledTimer], datetime], Awaitable[None]]
Lock = Callable[[Transaction, Sequence[str]], Awaitable[None]]


@dataclass(frozen=True)
class Timer:
    """The handler of one kind of timer.

    `fire(tx, batch, now)` runs in the transaction that claims the batch, earliest first; it never commits. When it
    raises an error that is not transient, the failing timer is found by halving the batch. `lock(tx, subjects)`, if
    given, runs before the batch is claimed: it acquires the locks that other handlers acquire before they cancel a
    timer, in the same order, so that the two cannot deadlock.
    """

    fire: Fire
    lock: Lock | None = None


async def schedule(connection: Connection, timers: Collection[ScheduledTimer]) -> None:
    """Schedules timers; an existing one gets the new time and value and no attempts. Never commits."""
    newest = {(each.kind, each.key): each for each in timers}
    if not newest:
        return
    ordered = [newest[key] for key in sorted(newest)]
    await connection.execute(
        """
        INSERT INTO due (kind, key, at, value)
        SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::jsonb[])
        ON CONFLICT (kind, key) DO UPDATE
            SET at = excluded.at, value = excluded.value, attempts = 0, fault = NULL, retry_at = NULL
        """,
        [each.kind for each in ordered],
        [each.key for each in ordered],
        [each.at for each in ordered],
        [each.value for each in ordered],
    )


async def cancel(connection: Connection, kind: str, keys: Collection[str]) -> None:
    """Cancels timers of a kind; missing ones are ignored. Never commits."""
    if keys:
        await connection.execute("DELETE FROM due WHERE kind = $1 AND key = ANY($2::text[])", kind, list(keys))


async def cancel_these(connection: Connection, timers: Collection[ScheduledTimer]) -> None:
    """Cancels timers of any kind, by kind and key; missing ones are ignored. Never commits."""
    if timers:
        await connection.execute(
            """
            DELETE FROM due USING unnest($1::text[], $2::text[]) AS cancelled (kind, key)
            WHERE due.kind = cancelled.kind AND due.key = cancelled.key
            """,
            [each.kind for each in timers],
            [each.key for each in timers],
        )


async def cancel_all_of(
    connection: Connection, subjects: Collection[Any], kinds: Collection[str] | None = None
) -> None:
    """Cancels every timer of these subjects, or only those of some kinds. Never commits."""
    if subjects:
        await connection.execute(
            "DELETE FROM due WHERE subject = ANY($1::text[]) AND ($2::text[] IS NULL OR kind = ANY($2))",
            [str(subject) for subject in subjects],
            None if kinds is None else list(kinds),
        )


async def timers_of(connection: Connection, subject: Any) -> list[dict[str, Any]]:
    """The timers of one subject, earliest first: kind, key, time, attempts and the kind of the last error."""
    rows = await connection.fetch(
        "SELECT kind, key, at, attempts, fault FROM due WHERE subject = $1 ORDER BY at, kind, key", str(subject)
    )
    return [dict(row) for row in rows]


async def earliest(connection: Connection, kinds: Collection[str], now: datetime) -> datetime | None:
    """The time of the first timer of these kinds that is due by `now`; None if there is none."""
    found: datetime | None = await connection.fetchval(
        """
        SELECT min(at) FROM due WHERE kind = ANY($1::text[]) AND at <= $2 AND (retry_at IS NULL OR retry_at <= now())
        """,
        list(kinds),
        now,
    )
    return found


async def keys_to_fire(connection: Connection, kind: str, until: datetime, limit: int) -> list[str]:
    """The keys of a kind that are due by a time, earliest first, without those that another process holds.

    Nothing stays locked: another process may still claim them first.
    """
    rows = await connection.fetch(
        """
        SELECT key FROM due WHERE kind = $1 AND at <= $2 AND (retry_at IS NULL OR retry_at <= now())
        ORDER BY at, key LIMIT $3 FOR UPDATE SKIP LOCKED
        """,
        kind,
        until,
        limit,
    )
    return [row["key"] for row in rows]


async def claim(connection: Connection, kind: str, keys: Collection[str], until: datetime) -> list[ScheduledTimer]:
    """Claims timers that are still due, earliest first; skips those that another process holds. Never commits."""
    rows = await connection.fetch(
        """
        WITH taken AS (
            DELETE FROM due WHERE kind = $1 AND key IN (
                SELECT key FROM due WHERE kind = $1 AND key = ANY($2::text[]) AND at <= $3 FOR UPDATE SKIP LOCKED
            )
            RETURNING key, at, value
        )
        SELECT * FROM taken ORDER BY at, key
        """,
        kind,
        list(keys),
        until,
    )
    return [ScheduledTimer(kind, row["key"], row["at"], row["value"]) for row in rows]


async def note_fault(connection: Connection, kind: str, key: str, until: datetime, fault: str, wait_s: float) -> None:
    """Records a failed attempt of a timer, the kind of error and when it is retried."""
    await connection.execute(
        """
        UPDATE due SET attempts = attempts + 1, fault = $4,
            retry_at = now() + make_interval(secs => $5 * power(2, least(attempts, 12)))
        WHERE kind = $1 AND key = $2 AND at <= $3
        """,
        kind,
        key,
        until,
        fault,
        wait_s,
    )


async def failing(connection: Connection, limit: int = 1_000) -> list[dict[str, Any]]:
    """Timers whose attempts have failed so far, earliest first."""
    rows = await connection.fetch(
        """
        SELECT kind, key, at, attempts, fault, retry_at FROM due WHERE attempts > 0 ORDER BY at, kind, key LIMIT $1
        """,
        limit,
    )
    return [dict(row) for row in rows]


async def counts(pool: "asyncpg.Pool[Any]", now: datetime | None) -> dict[str, Any]:
    """How many timers are scheduled, are due by `now`, and fail; and when the next is due."""
    row = await pool.fetchrow(
        """
        SELECT count(*) AS standing, count(*) FILTER (WHERE at <= $1 AND attempts = 0) AS due,
            count(*) FILTER (WHERE attempts > 0) AS failing, min(at) FILTER (WHERE attempts = 0) AS next
        FROM due
        """,
        now,
    )
    return dict(row) if row else {}


async def advance_calendar(connection: Connection, to: datetime | None) -> datetime | None:
    """Moves the stored calendar forward and returns its time; it never goes back. With None it is only read."""
    if to is not None:
        await connection.execute(
            """
            INSERT INTO calendar (now) VALUES ($1)
            ON CONFLICT (id) DO UPDATE SET now = excluded.now WHERE calendar.now < excluded.now
            """,
            to,
        )
    stored: datetime | None = await connection.fetchval("SELECT now FROM calendar")
    return stored

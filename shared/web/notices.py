"""What the operator lets everybody know: an event, which each service with pages keeps and shows on all of them.

So a page needs no other service to be up to show it, least of all one that is about to be stopped. A notice begins
and ends by the clock.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
import structlog

from shared.contracts.administration import NoticeKind, NoticeSet, SignInEnded
from shared.messaging.consuming.subscription import Subscription, event_reader
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.postgres.connection import Connection
from shared.service import ended_sign_ins

log = structlog.get_logger()
# Every page asks for them.
_READ_EVERY_S = 2.0


@dataclass(frozen=True)
class Notice:
    """One notice, as pages show it."""

    kind: NoticeKind
    title: str
    text: str
    shown_from: datetime
    shown_until: datetime


def subscription() -> Subscription[NoticeSet | SignInEnded]:
    """The subscription of a service with pages to what the operator sets, and to which sign-ins have ended."""
    read = event_reader(NoticeSet, SignInEnded)
    return Subscription(name="notices", topics=("notices",), read=read, handle=_take_note)


async def _take_note(tx: Transaction, batch: Sequence[Received[NoticeSet | SignInEnded]]) -> None:
    events = [each.event for each in batch]
    await save(tx.connection, [each for each in events if isinstance(each, NoticeSet)])
    await ended_sign_ins.end(tx.connection, [each for each in events if isinstance(each, SignInEnded)])


async def save(connection: Connection, events: Iterable[NoticeSet]) -> None:
    """Keeps notices as they were set last. Ignores stale ones."""
    await connection.executemany(
        """
        INSERT INTO notice VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (notice_id) DO UPDATE
            SET kind = excluded.kind, title = excluded.title, text = excluded.text, shown_from = excluded.shown_from,
                shown_until = excluded.shown_until, set_at = excluded.set_at
        WHERE notice.set_at < excluded.set_at
        """,
        [
            (each.notice_id, each.kind, each.title, each.text, each.shown_from, each.shown_until, each.occurred_at)
            for each in events
        ],
    )


class Notices:
    """What one service's pages show now, read at most every two seconds."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self._pool = pool
        self._known: Sequence[Notice] = ()
        self._read_at: float | None = None

    async def shown(self, kind: NoticeKind, now: datetime | None = None) -> list[Notice]:
        """The notices of a kind whose time it is, the newest first.

        Without a database those that were known last: a page that says so is shown all the same.
        """
        await self._read()
        at = now or datetime.now(UTC)
        return [each for each in self._known if each.kind is kind and each.shown_from <= at < each.shown_until]

    async def _read(self) -> None:
        now = time.monotonic()
        if self._read_at is not None and now - self._read_at < _READ_EVERY_S:
            return
        self._read_at = now
        try:
            rows = await self._pool.fetch(
                "SELECT kind, title, text, shown_from, shown_until FROM notice WHERE shown_until > now()"
                " ORDER BY shown_from DESC, notice_id"
            )
        except Exception as error:  # whatever it is, a message must keep nobody from a page
            log.warning("notices could not be read", fault=type(error).__name__)
            return
        self._known = [Notice(**(dict(row) | {"kind": NoticeKind(row["kind"])})) for row in rows]

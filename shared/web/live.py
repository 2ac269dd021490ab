"""Pages that change while somebody looks: a browser hears that something on its page is new, and fetches it again.

Nothing of what changed is sent. The database notifies this process of changed rows by id (`announce_changes`), and
only pages hear of them whose viewer sees one of these rows, by row security.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import structlog

from shared.access.scopes import EVERYWHERE, Reach
from shared.postgres.row_reach import reading_within

log = structlog.get_logger()

LONGEST_S = 270.0
"""How long one stream lasts. The browser asks again, and whoever's session has ended in the meantime is not let in."""
_SIGN_OF_LIFE_S = 15.0
# Changes that come together are one.
_TOGETHER_S = 0.3
_RENEWED_EVERY_S, _WATCHED_FOR = 20.0, timedelta(seconds=60)
_LINGERS_S = 3.0
_REMEMBERED = 500
_CHANNEL = "live"


@dataclass(frozen=True)
class Change:
    """Rows that a statement has changed. `ids` is None where they were too many to name; `at`: the process's clock."""

    table: str
    column: str
    ids: frozenset[UUID] | None
    at: float


class Follower:
    """Somebody who looks at a page: what has changed since they were asked last."""

    def __init__(self) -> None:
        self._changes: list[Change] = []
        self._there_are = asyncio.Event()

    def hears(self, change: Change) -> None:
        """Adds a change."""
        self._changes.append(change)
        self._there_are.set()

    async def next_changes(self, seconds: float) -> Sequence[Change]:
        """The changes that have come, as soon as there are any; none after so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._there_are.wait(), seconds)
        self._there_are.clear()
        changes, self._changes = self._changes, []
        return changes


class Changes:
    """What one process hears of changed rows. It listens, with one connection, while somebody follows."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self._pool = pool
        self._followers: set[Follower] = set()
        self._listening: asyncio.Task[None] | None = None
        self._since: float | None = None
        self._remembered: deque[Change] = deque(maxlen=_REMEMBERED)

    @asynccontextmanager
    async def followed(self, shown_at: float) -> AsyncIterator[tuple[Follower, bool]]:
        """A follower, and whether changes since its page was made may have gone unheard. `shown_at`: Unix time.

        Whoever comes before this process listens hears of a change as soon as it does.
        """
        follower = Follower()
        self._followers.add(follower)
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen(), name="live")
        first = self._remembered[0].at if len(self._remembered) == _REMEMBERED else 0.0
        unheard = self._since is not None and shown_at < max(self._since, first)
        for change in self._remembered:
            if change.at >= shown_at:
                follower.hears(change)
        try:
            yield follower, unheard
        finally:
            self._followers.discard(follower)
            if not self._followers:
                # Whoever goes on to the next page is back at once.
                asyncio.get_running_loop().call_later(_LINGERS_S, self._stop_unless_followed)

    def _stop_unless_followed(self) -> None:
        if not self._followers and self._listening is not None:
            listening, self._listening, self._since = self._listening, None, None
            self._remembered.clear()
            listening.cancel()

    async def _listen(self) -> None:
        """Listens until it is cancelled; a lost connection is opened again, and everybody looks again then."""
        while True:
            try:
                with reading_within(EVERYWHERE):
                    connection = await self._pool.acquire()
                try:
                    await connection.add_listener(_CHANNEL, self._heard)
                    await self._watch(connection)
                finally:
                    self._since = None
                    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                        await connection.remove_listener(_CHANNEL, self._heard)
                    await self._pool.release(connection)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
                log.warning("changes are not heard: pages are shown again a little later", fault=type(error).__name__)
                await asyncio.sleep(1)

    async def _watch(self, connection: Any) -> None:
        while True:
            await connection.execute(
                "INSERT INTO live.watched (until) VALUES (clock_timestamp() + $1)"
                " ON CONFLICT (one) DO UPDATE SET until = excluded.until",
                _WATCHED_FOR,
            )
            if self._since is None:
                self._since = time.time()
                # Whoever came before it was listened looks once more.
                self._publish(Change("", "", None, self._since))
            await asyncio.sleep(_RENEWED_EVERY_S)

    def _heard(self, _connection: Any, _process: int, _channel: str, payload: Any) -> None:
        notice = orjson.loads(payload)
        ids = None if notice["ids"] is None else frozenset(map(UUID, notice["ids"]))
        change = Change(notice["table"], notice["column"], ids, time.time())
        self._remembered.append(change)
        self._publish(change)

    def _publish(self, change: Change) -> None:
        for follower in self._followers:
            follower.hears(change)

    async def concern(self, changes: Collection[Change], reach: Reach, on_page: Collection[UUID]) -> bool:
        """Whether one of the changes is of a row within reach; on a page of these ids, of one of them."""
        wanted: dict[tuple[str, str], set[UUID]] = {}
        shown = frozenset(on_page)
        for change in changes:
            if change.ids is None:
                return True
            ids = change.ids & shown if shown else change.ids
            if ids:
                wanted.setdefault((change.table, change.column), set()).update(ids)
        if not wanted:
            return False
        with reading_within(reach):
            async with self._pool.acquire() as connection:
                for (table, column), rows in wanted.items():
                    if await connection.fetchval(_seen(table, column), list(rows)):
                        return True
        return False


@cache
def _seen(table: str, column: str) -> str:
    """The query that asks whether one of these rows is within reach. Our own triggers name table and column."""
    return f'SELECT EXISTS (SELECT FROM "{table}" WHERE "{column}" = ANY($1))'  # noqa: S608


def sent(name: str, number: int) -> bytes:
    """A server-sent event without content."""
    return f"id: {number}\nevent: {name}\ndata:\n\n".encode()


async def stream(changes: Changes, reach: Reach, on_page: Collection[UUID], shown_at: float) -> AsyncIterator[bytes]:
    """The server-sent events of one page: `changed`, whenever something on it has."""
    ends = time.monotonic() + LONGEST_S
    number = 0
    async with changes.followed(shown_at) as (follower, unheard):
        yield b"retry: 500\n\n"
        if unheard:
            yield sent("changed", number)
        while (left := ends - time.monotonic()) > 0:
            heard = await follower.next_changes(min(left, _SIGN_OF_LIFE_S))
            if not heard:
                yield b": still here\n\n"
                continue
            if await changes.concern(heard, reach, on_page):
                number += 1
                yield sent("changed", number)
                await asyncio.sleep(_TOGETHER_S)

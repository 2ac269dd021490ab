"""How far a connection reads: everything, for handlers of events, timers and decisions, or what a caller may see.

The database enforces it by row security (`guard_rows`, a procedure of the event core). A connection says by a setting
in whose reach it reads; one that says nothing sees no guarded row and writes none.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

import asyncpg
import orjson

from shared.access.scopes import EVERYWHERE, Reach
from shared.postgres.connection import Connection

SETTING = "parley.reach"
_reach: ContextVar[Reach] = ContextVar("reach", default=EVERYWHERE)


def setting_of(reach: Reach) -> str:
    """The setting's value for this reach."""
    return orjson.dumps(
        {
            "scopes": sorted(reach.scopes),
            "areas": sorted(reach.areas),
            "agency": reach.agency,
            "provider": reach.provider,
        }
    ).decode()


EVERYTHING = setting_of(EVERYWHERE)


@contextmanager
def reading_within(reach: Reach) -> Iterator[None]:
    """Connections that are taken from a pool meanwhile, by this task, read within this reach."""
    before = _reach.set(reach)
    try:
        yield
    finally:
        _reach.reset(before)


async def read_everything(connection: Connection) -> None:
    """Lifts the guard of rows for the rest of the transaction."""
    await connection.execute("SELECT set_config($1, $2, true)", SETTING, EVERYTHING)


@asynccontextmanager
async def guard_lifted(connection: Connection) -> AsyncIterator[None]:
    """Lifts the guard of rows meanwhile, for what a page counts over all rows, or looks up of rows that it was shown.

    Within a transaction, which ends with whatever goes wrong.
    """
    before = await connection.fetchval("SELECT current_setting($1)", SETTING)
    await read_everything(connection)
    yield
    await connection.execute("SELECT set_config($1, $2, true)", SETTING, before)


if TYPE_CHECKING:
    _Base = asyncpg.Connection[asyncpg.Record]
else:
    _Base = asyncpg.Connection


class ReachConnection(_Base):
    """A connection that knows in whose reach it reads, so that it is told only of changes."""

    __slots__ = ("_reads_within",)

    async def read_within_current_reach(self) -> None:
        """Makes it read within the reach of the running task."""
        wanted = setting_of(_reach.get())
        if wanted != getattr(self, "_reads_within", EVERYTHING):
            await self.execute("SELECT set_config($1, $2, false)", SETTING, wanted)
            self._reads_within = wanted

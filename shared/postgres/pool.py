"""Connection pools, configured the same way for every service."""

from typing import Any

import asyncpg
import orjson

from shared.postgres.row_reach import EVERYTHING, SETTING, ReachConnection

COMMAND_S = 60
"""Timeout of a command: a connection whose other end has silently disappeared is given up after it."""
KEEPALIVES = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}
"""Session settings with which the server notices within half a minute that a client is gone, and releases its locks.
By the system's defaults this would take two hours, during which nobody else could proceed."""
# The only version of jsonb's binary format.
_JSONB = b"\x01"


async def _prepare(connection: "asyncpg.Connection[Any]") -> None:
    # JSON columns accept and return Python values, also in COPY, so repositories never encode by hand. Values without a
    # JSON form become text: orjson does not know asyncpg's own UUID type.
    await connection.set_type_codec(
        "jsonb",
        encoder=lambda value: _JSONB + orjson.dumps(value, default=str),
        decoder=lambda data: orjson.loads(data[1:]),
        schema="pg_catalog",
        format="binary",
    )


async def _no_reset(_connection: "asyncpg.Connection[Any]") -> None:
    """Saves a round trip each time a connection is released.

    An open transaction is rolled back before this, and no code changes session settings: nothing else is to be reset.
    """


async def _within_reach(connection: Any) -> None:
    await connection.read_within_current_reach()


async def open_pool(url: str, *, connections: int, name: str) -> "asyncpg.Pool[Any]":
    """A pool of at most `connections`, which read within the reach of the task that takes them.

    `jsonb` maps to Python values. Raises OSError or asyncpg.PostgresError.
    """
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=connections,
        init=_prepare,
        setup=_within_reach,
        connection_class=ReachConnection,
        reset=_no_reset,
        command_timeout=COMMAND_S,
        server_settings={"application_name": f"parley-{name}", "timezone": "UTC", SETTING: EVERYTHING, **KEEPALIVES},
    )

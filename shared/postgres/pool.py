"""Connection pools, set up the same way for every service."""

from typing import Any

import asyncpg
import orjson

COMMAND_S = 60
"""A connection that does not answer for so long is given up: its other end may be gone without a word."""
KEEPALIVES = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}
"""For each session: the server, too, notices within half a minute that we are gone, and lets go of our locks. By the
system's own measure it would take two hours, and nobody could go on meanwhile."""
# The one version of jsonb's binary form.
_JSONB = b"\x01"


async def _prepare(connection: "asyncpg.Connection[Any]") -> None:
    # JSON columns take and give Python values, in COPY too, so no repository encodes by hand. What JSON has no
    # form for is text: asyncpg brings a UUID type of its own, which orjson does not know.
    await connection.set_type_codec(
        "jsonb",
        encoder=lambda value: _JSONB + orjson.dumps(value, default=str),
        decoder=lambda data: orjson.loads(data[1:]),
        schema="pg_catalog",
        format="binary",
    )


async def _leave_as_it_is(_connection: "asyncpg.Connection[Any]") -> None:
    """What is left of a transaction is rolled back before this. Nobody sets anything for a session, so there is nothing
    else to reset, and a trip to the database for each loan is saved."""


async def open_pool(url: str, *, connections: int, name: str) -> "asyncpg.Pool[Any]":
    """A pool of at most `connections`. `jsonb` maps to Python values. Raises OSError or asyncpg.PostgresError."""
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=connections,
        init=_prepare,
        reset=_leave_as_it_is,
        command_timeout=COMMAND_S,
        server_settings={"application_name": f"parley-{name}", "timezone": "UTC", **KEEPALIVES},
    )

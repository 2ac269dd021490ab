"""A planted bug: relays share the outbox by SKIP LOCKED without a leader, so two of them reorder a case."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import crash_points

if crash_points.service():
    import asyncpg

    from shared.messaging.publishing import partition_batches, relay

    crash_points.replace(relay, "_MOST_ROWS", 20)
    crash_points.replace(relay, "_FIRST_ROWS", 20)
    crash_points.replace(relay, "_NEXT", relay._NEXT.rstrip() + " FOR UPDATE SKIP LOCKED")

    @contextlib.asynccontextmanager
    async def _everybody_leads(url: str, _lock: Any, *, name: str, **_limits: Any) -> AsyncIterator[Any]:
        connection = await asyncpg.connect(url, server_settings={"application_name": f"parley-{name}"})
        try:
            yield connection
        finally:
            await connection.close(timeout=5)

    async def _relay(self: Any, connection: Any, producer: Any, woken: Any) -> None:
        while True:
            woken.clear()
            async with connection.transaction():
                made = await self._next(connection, producer, [])
                await self._delete(connection, await partition_batches.send(producer, made, []))
            if not made.ids:
                await relay._wait(woken, 0.2)

    crash_points.replace(relay, "leadership", _everybody_leads)
    crash_points.replace(relay.Relay, "_relay", _relay)
crash_points.install()

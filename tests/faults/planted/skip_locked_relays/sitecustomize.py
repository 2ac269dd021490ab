"""A planted bug: relays share the outbox by SKIP LOCKED without the advisory lock, so two of them reorder a case."""

import os
from typing import Any

import crash_points

if crash_points.service():
    from shared.messaging.publishing import partition_batches, relay

    relay._MOST_ROWS = relay._FIRST_ROWS = 20
    relay._NEXT = relay._NEXT.rstrip() + " FOR UPDATE SKIP LOCKED"
    # Every process has a lock of its own, so every relay is active.
    relay._LOCK = os.getpid()

    async def _relay(self: Any, connection: Any, producer: Any, woken: Any) -> None:
        while True:
            woken.clear()
            async with connection.transaction():
                made = await self._next(connection, producer, [])
                await self._delete(connection, await partition_batches.send(producer, made, []))
            if not made.ids:
                await relay._wait(woken, 0.2)

    relay.Relay._relay = _relay  # type: ignore[method-assign]
crash_points.install()
